/** What Django REST framework says of bad requests; `%` stands for the value in question. */
export interface DrfTexts {
  unauthenticated: string;
  badCredentials: string;
  badToken: string;
  inactive: string;
  forbidden: string;
  notFound: string;
  method: string;
  mediaType: string;
  throttled: string;
  tooLarge: string;
  failed: string;
  conflict: string;
  malformed: string;
  required: string;
  isNull: string;
  blank: string;
  noString: string;
  nulCharacter: string;
  tooLong: string;
  noInteger: string;
  noBoolean: string;
  unknownKey: string;
  noKey: string;
  noObject: string;
}

export const RUSSIAN: DrfTexts = {
  unauthenticated: 'Учетные данные не были предоставлены.',
  badCredentials: 'Недопустимые имя пользователя или пароль.',
  badToken: 'Недопустимый токен.',
  inactive: 'Пользователь неактивен или удален.',
  forbidden: 'У вас нет прав для выполнения этой операции.',
  notFound: 'Не найдено.',
  method: 'Метод "%" не разрешен.',
  mediaType: 'Неподдерживаемый тип данных "%" в запросе.',
  throttled: 'Запрос был проигнорирован.',
  tooLarge: 'Слишком длинное значение.',
  failed: 'Произошла ошибка сервера.',
  conflict: 'Запрос противоречит текущему состоянию.',
  malformed: 'Искаженный запрос.',
  required: 'Это поле обязательно.',
  isNull: 'Это поле не может быть null.',
  blank: 'Это поле не может быть пустым.',
  noString: 'Требуется строка.',
  nulCharacter: 'Нулевые символы и непарные суррогаты не допускаются.',
  tooLong: 'Убедитесь, что в этом поле не больше % символов.',
  noInteger: 'Требуется целочисленное значение.',
  noBoolean: 'Требуется логическое значение.',
  unknownKey: 'Недопустимый первичный ключ "%" - объект не существует.',
  noKey: 'Некорректный тип. Ожидалось значение первичного ключа, получен %.',
  noObject: 'Недопустимые данные. Ожидался dictionary, но был получен %.',
};

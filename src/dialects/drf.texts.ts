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
  tooSmall: string;
  tooBig: string;
  noList: string;
  tooMany: string;
  invisible: string;
  noMail: string;
  shortPassword: string;
  wrongSignIn: string;
  usernameTaken: string;
  emailTaken: string;
  nameTaken: string;
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
  tooSmall: 'Убедитесь, что это значение больше либо равно %.',
  tooBig: 'Убедитесь, что это значение меньше либо равно %.',
  noList: 'Ожидался list, но был получен %.',
  tooMany: 'Убедитесь, что в этом поле не больше % элементов.',
  invisible: 'Управляющие и невидимые символы не допускаются.',
  noMail: 'Введите правильный адрес электронной почты.',
  shortPassword: 'Введённый пароль слишком короткий. Он должен содержать как минимум % символов.',
  wrongSignIn: 'Невозможно войти с предоставленными учетными данными.',
  usernameTaken: 'Пользователь с таким именем уже существует.',
  emailTaken: 'Пользователь с таким адресом электронной почты уже существует.',
  nameTaken: 'Комната с таким названием уже существует.',
  unknownKey: 'Недопустимый первичный ключ "%" - объект не существует.',
  noKey: 'Некорректный тип. Ожидалось значение первичного ключа, получен %.',
  noObject: 'Недопустимые данные. Ожидался dictionary, но был получен %.',
};

export const ENGLISH: DrfTexts = {
  unauthenticated: 'Authentication credentials were not provided.',
  badCredentials: 'Invalid username/password.',
  badToken: 'Invalid token.',
  inactive: 'User inactive or deleted.',
  forbidden: 'You do not have permission to perform this action.',
  notFound: 'Not found.',
  method: 'Method "%" not allowed.',
  mediaType: 'Unsupported media type "%" in request.',
  throttled: 'Request was throttled.',
  tooLarge: 'The request is too large.',
  failed: 'A server error occurred.',
  conflict: 'The request contradicts the current state.',
  malformed: 'Malformed request.',
  required: 'This field is required.',
  isNull: 'This field may not be null.',
  blank: 'This field may not be blank.',
  noString: 'Not a valid string.',
  nulCharacter: 'Null characters and lone surrogates are not allowed.',
  tooLong: 'Ensure this field has no more than % characters.',
  noInteger: 'A valid integer is required.',
  noBoolean: 'Must be a valid boolean.',
  tooSmall: 'Ensure this value is greater than or equal to %.',
  tooBig: 'Ensure this value is less than or equal to %.',
  noList: 'Expected a list of items but got type "%".',
  tooMany: 'Ensure this field has no more than % elements.',
  invisible: 'Control and invisible characters are not allowed.',
  noMail: 'Enter a valid email address.',
  shortPassword: 'This password is too short. It must contain at least % characters.',
  wrongSignIn: 'Unable to log in with provided credentials.',
  usernameTaken: 'A user with that username already exists.',
  emailTaken: 'A user with that email address already exists.',
  nameTaken: 'A room with this name already exists.',
  unknownKey: 'Invalid pk "%" - object does not exist.',
  noKey: 'Incorrect type. Expected pk value, received %.',
  noObject: 'Invalid data. Expected a dictionary, but got %.',
};

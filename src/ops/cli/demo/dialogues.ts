import type { DemoLanguage } from './people.js';

/** Lines of a small exchange: who says it (a, b, c) and what; `>` in front answers the line before by a reply. {slots} are filled in. */
export type Dialogue = readonly string[];

export const SLOTS: Record<DemoLanguage, Record<string, readonly string[]>> = {
  en: {
    when: ['on Friday', 'tomorrow morning', 'after lunch', 'tonight', 'on Sunday', 'next week', 'at half past six', 'before the storm comes'],
    where: ['at the corner café', 'by the fountain', 'in the library', 'at platform 4', 'in the small meeting room', 'behind the bakery', 'on the roof'],
    thing: ['a lemon cake', 'the big thermos', 'two umbrellas', 'a deck of cards', 'the spare charger', 'a bag of plums', 'my old camera'],
    file: ['the report', 'the floor plan', 'the draft', 'the seating list', 'the budget', 'the checklist', 'the photo archive'],
    part: ['the search page', 'the import', 'the mail sender', 'the date picker', 'the login form', 'the export', 'the room list'],
    number: ['3', '7', '12', '19', '24', '40', '65', '128'],
    book: ['the one about lighthouses', 'that long novel about a ferry', 'the essays on maps', 'the detective story from Porto', 'the book of bridges'],
    ok: ['Sounds good.', 'Works for me.', 'Deal.', 'Perfect.', 'Fine with me 👍', 'Yes, please.', 'Great, see you there.'],
    thanks: ['Thanks!', 'Thank you, that helps.', 'Much appreciated.', 'You saved my day.', 'Thanks a lot 🙏', 'Lovely, thanks.'],
    hm: ['Hm.', 'Not sure.', 'Let me think.', 'Good question.', 'I was wondering about that too.', 'Could be.'],
  },
  ru: {
    when: ['в пятницу', 'завтра утром', 'после обеда', 'сегодня вечером', 'в воскресенье', 'на следующей неделе', 'в половине седьмого', 'пока нет дождя'],
    where: ['в кафе на углу', 'у фонтана', 'в библиотеке', 'на четвёртой платформе', 'в маленькой переговорной', 'за пекарней', 'на крыше'],
    thing: ['лимонный пирог', 'большой термос', 'два зонта', 'колоду карт', 'запасную зарядку', 'пакет слив', 'старый фотоаппарат'],
    file: ['отчёт', 'план этажа', 'черновик', 'список гостей', 'смету', 'перечень вещей', 'архив с фотографиями'],
    part: ['поиск', 'импорт', 'отправку писем', 'выбор даты', 'форму входа', 'выгрузку', 'список комнат'],
    number: ['3', '7', '12', '19', '24', '40', '65', '128'],
    book: ['про маяки', 'тот длинный роман о пароме', 'очерки о картах', 'детектив, где всё происходит в Порту', 'книгу о мостах'],
    ok: ['Договорились.', 'Мне подходит.', 'Идёт.', 'Отлично.', 'Я за 👍', 'Да, давай.', 'Хорошо, там и встретимся.'],
    thanks: ['Спасибо!', 'Спасибо, выручил.', 'Очень помогло.', 'То, что нужно.', 'Большое спасибо 🙏', 'Чудесно, спасибо.'],
    hm: ['Хм.', 'Не уверена.', 'Надо подумать.', 'Хороший вопрос.', 'Тоже об этом думала.', 'Возможно.'],
  },
};

export const DIALOGUES: Record<DemoLanguage, readonly Dialogue[]> = {
  en: [
    ['a Who is free {when}?', 'b >I am. Shall we meet {where}?', 'a >{ok}', 'c Count me in. I can bring {thing}.', 'a >Then we have everything.'],
    ['a Has anybody seen {thing}? I left it {where}.', 'b >{hm}', 'c >It lay there an hour ago, I put it on the shelf.', 'a {thanks}'],
    ['a I put {file} into the shared folder.', 'b >Page {number} still has the old figures.', 'a >Fixed. Please look again.', 'b >{ok}'],
    ['a {part} takes {number} seconds since the last release.', 'b Only the first time, or always?', 'a >Always. With a small account it is quick.', 'c Then it reads too much at once. I will look at it {when}.', 'a >{thanks}'],
    ['a Small change to {part} is ready: fewer clicks, same result.', 'b >Does it work with the keyboard alone?', 'a >Yes, I tried it with Tab and Enter.', 'b Then let us ship it {when}.'],
    ['a Finished {book}.', 'b >And?', 'a >The first {number} pages are slow, after that I could not stop.', 'c Lend it to me?', 'a >{ok}'],
    ['a What is for lunch?', 'b >Soup {where}, the queue is short.', 'c I have {thing}, if that counts.', 'a >It does.'],
    ['a Reminder: {file} is due {when}.', 'b >Mine is done.', 'c >Need one more evening.', 'a >{ok}'],
    ['a The train is {number} minutes late again.', 'b >Take your time, we start without slides.', 'a {thanks}'],
    ['a Could somebody check my arithmetic? {number} guests, 4 tables, 2 of them round.', 'b >{hm} Round ones seat six.', 'c >Then we need one more table.', 'a >I will ask for it {when}.'],
    ['a Good morning everybody ☀️', 'b >Morning!', 'c Is the meeting {where} or online?', 'a >{where}, and there will be coffee.'],
    ['a I get "connection refused" from the test machine.', 'b Did it restart?\n\nLook at the uptime first.', 'a >Up for {number} minutes, so yes.', 'b >The service starts by hand there. I will write a note {when}.', 'a {thanks}'],
    ['a Which name is better: "archive" or "history"?', 'b History. An archive is where nobody looks.', 'c >{hm} I like archive.', 'a >Two against one, history it is.'],
    ['a Happy birthday, dear neighbour of the {number}th floor! 🎂', 'b >{thanks}', 'c >There is cake {where}.'],
  ],
  ru: [
    ['a Кто свободен {when}?', 'b >Я. Встретимся {where}?', 'a >{ok}', 'c Я тоже приду, захвачу {thing}.', 'a >Тогда ничего больше не нужно.'],
    ['a Никто не видел {thing}? Кажется, я оставила {where}.', 'b >{hm}', 'c >Час назад там что-то лежало, я убрал на полку.', 'a {thanks}'],
    ['a Выложила {file} в общую папку.', 'b >На странице {number} старые числа.', 'a >Исправила, посмотри ещё раз.', 'b >{ok}'],
    ['a Я переделываю {part}: станет меньше нажатий, а результат тот же.', 'b >А с клавиатуры работает?', 'a >Да, проверил через Tab и Enter.', 'b Тогда выпускаем {when}.'],
    ['a Дочитала {book}.', 'b >И как?', 'a >Первые {number} страниц идут медленно, потом не оторваться.', 'c Дашь почитать?', 'a >{ok}'],
    ['a Что на обед?', 'b >Суп {where}, очередь короткая.', 'c Могу поделиться: принесла {thing}.', 'a >Уже иду.'],
    ['a Напоминаю: {file} ждём {when}.', 'b >У меня готово.', 'c >Мне нужен ещё один вечер.', 'a >{ok}'],
    ['a Электричка опять опаздывает на {number} минут.', 'b >Не торопись, начнём без слайдов.', 'a {thanks}'],
    ['a Проверьте мою арифметику: гостей {number}, столов 4, из них круглых 2.', 'b >{hm} За круглым шесть мест.', 'c >Значит, нужен ещё один стол.', 'a >Закажу {when}.'],
    ['a Всем доброе утро ☀️', 'b >Доброе!', 'c Собрание {where} или по сети?', 'a >{where}, и будет кофе.'],
    ['a Посоветуйте книгу в дорогу.', 'b >Возьми {book}.', 'c >Или сборник рассказов: остановок как раз {number}.', 'a {thanks}'],
    ['a Как правильно: «ё» пишем или нет?', 'b Пишем. «Все» и «всё» — разные слова.', 'c >{hm} В старых текстах её нет.', 'a >В новых будет.'],
    ['a Рюкзак весит {number} килограммов. Что выложить?', 'b >Начни с того, что взял «на всякий случай».', 'c >И возьми {thing} вместо второго котелка.', 'a >{ok}'],
    ['a С днём рождения, сосед с {number}-го этажа! 🎂', 'b >{thanks}', 'c >Торт {where}.'],
  ],
};

export const WRONG_ROOM: Record<DemoLanguage, readonly string[]> = {
  en: ['Sorry, wrong room.', 'milk, bread, stamps', 'on my way, keep the door open'],
  ru: ['Ой, это не сюда.', 'молоко, хлеб, марки', 'уже поднимаюсь, не закрывай дверь'],
};

import { BODY_BYTES, MOST_DEPTH, MOST_NODES } from './json-body.js';
import { PROBLEMS, type ProblemCode } from './problems.js';

export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface ProblemText {
  title: string;
  /** Why the service refused. */
  why: string;
  /** What the caller can do. */
  remedy: string;
}

interface Texts {
  /** The same request may succeed later without a change. */
  retryable?: true;
  en: Omit<ProblemText, 'title'>;
  ru: ProblemText;
}

/** The text of a problem's page; the English title is the one that answers carry. */
export function problemText(code: ProblemCode, language: Language): ProblemText {
  const texts: Texts = PROBLEM_TEXTS[code];
  return language === 'en' ? { title: PROBLEMS[code][1], ...texts.en } : texts.ru;
}

export function isRetryable(code: ProblemCode): boolean {
  const texts: Texts = PROBLEM_TEXTS[code];
  return texts.retryable ?? false;
}

const KIBIBYTES = BODY_BYTES / 1024;

/** What the pages at /problems/<code> say. The compiler asks for both languages of every code. */
export const PROBLEM_TEXTS: Record<ProblemCode, Texts> = {
  'request/invalid': {
    en: {
      why: 'A field or a parameter is missing, unknown, of the wrong type or outside its limits.',
      remedy:
        'Read `errors`: each `pointer` names a field, each `message` says what it must be (ten at most). Correct them all and send the request again; unchanged it will always be refused.',
    },
    ru: {
      title: 'Запрос не имеет ожидаемого вида',
      why: 'Поле или параметр отсутствует, неизвестен, имеет не тот тип или выходит за допустимые границы.',
      remedy:
        'Прочитайте `errors`: каждый `pointer` указывает поле, каждый `message` говорит, каким оно должно быть (не больше десяти). Исправьте всё и повторите запрос; без изменений он будет отклонён снова.',
    },
  },
  'request/malformed': {
    en: {
      why: 'The body could not be read as JSON: a syntax error, bytes that are not UTF-8, or an empty body with a JSON content type.',
      remedy:
        'Build the body with a JSON library, send it as UTF-8, and leave the `Content-Type` header out where there is no body.',
    },
    ru: {
      title: 'Тело запроса — не JSON в UTF-8',
      why: 'Тело не удалось прочитать как JSON: синтаксическая ошибка, байты не в UTF-8 или пустое тело при типе JSON.',
      remedy: 'Собирайте тело библиотекой JSON, отправляйте его в UTF-8 и не указывайте `Content-Type`, если тела нет.',
    },
  },
  'request/too-complex': {
    en: {
      why: `A body or a socket command may have at most ${MOST_DEPTH} levels and ${MOST_NODES} values, so that nobody can keep the service busy with reading.`,
      remedy: 'Send a flatter or shorter structure, or several requests.',
    },
    ru: {
      title: 'Тело слишком глубоко вложено или содержит слишком много значений',
      why: `Тело запроса или команда сокета может иметь не больше ${MOST_DEPTH} уровней и ${MOST_NODES} значений, чтобы никто не мог занять сервис одним лишь чтением.`,
      remedy: 'Отправьте более плоскую или короткую структуру либо несколько запросов.',
    },
  },
  'request/too-large': {
    en: {
      why: `A request may carry at most ${KIBIBYTES} KiB.`,
      remedy:
        'Shorten the body. A text that does not fit into one message has to be sent as several, each with a `clientId` of its own.',
    },
    ru: {
      title: 'Тело запроса слишком велико',
      why: `Запрос может нести не больше ${KIBIBYTES} КиБ.`,
      remedy:
        'Сократите тело. Текст, который не помещается в одно сообщение, отправляйте несколькими, каждое со своим `clientId`.',
    },
  },
  'request/unsupported-media-type': {
    en: {
      why: 'The body was announced as something else than JSON in UTF-8.',
      remedy: 'Send `Content-Type: application/json`. Only the sign-in operation also takes a form.',
    },
    ru: {
      title: 'Тип содержимого — не application/json',
      why: 'Тело объявлено не как JSON в UTF-8.',
      remedy: 'Отправляйте `Content-Type: application/json`. Форму принимает только операция входа.',
    },
  },
  'request/timeout': {
    retryable: true,
    en: {
      why: 'The headers or the body of the request did not arrive completely within the time allowed.',
      remedy: 'Check the connection and send the request again; for a message, with the same `clientId`.',
    },
    ru: {
      title: 'Запрос не пришёл вовремя',
      why: 'Заголовки или тело запроса не дошли полностью за отведённое время.',
      remedy: 'Проверьте соединение и повторите запрос; сообщение — с тем же `clientId`.',
    },
  },
  'route/not-found': {
    en: {
      why: 'No operation of the service has this address.',
      remedy:
        'Compare the address, its prefix `/api/v1` and its spelling (upper and lower case differ) with the documents at `/docs`.',
    },
    ru: {
      title: 'По этому адресу ничего нет',
      why: 'Ни у одной операции сервиса нет такого адреса.',
      remedy: 'Сверьте адрес, его начало `/api/v1` и написание (регистр букв важен) с документацией в `/docs`.',
    },
  },
  'route/method-not-allowed': {
    en: {
      why: 'The address exists, but not with this HTTP method.',
      remedy: 'Use one of the methods in the `Allow` header of the answer.',
    },
    ru: {
      title: 'Этот адрес не принимает такой метод',
      why: 'Адрес существует, но не с этим методом HTTP.',
      remedy: 'Используйте один из методов в заголовке ответа `Allow`.',
    },
  },
  'event/unknown': {
    en: {
      why: 'The socket sent a command that the service does not have, or with more than one argument.',
      remedy:
        'Use the commands listed at `/docs/asyncapi.json`: one object as argument and an acknowledgement callback.',
    },
    ru: {
      title: 'Такой команды нет',
      why: 'Сокет прислал команду, которой у сервиса нет, или больше одного аргумента.',
      remedy: 'Используйте команды из `/docs/asyncapi.json`: один объект в аргументе и функция подтверждения.',
    },
  },
  'event/queue-full': {
    retryable: true,
    en: {
      why: 'Commands of one socket are handled in their order; more of them wait than the queue holds.',
      remedy:
        'Wait for acknowledgements before sending more, then repeat the refused command with the same `clientId`.',
    },
    ru: {
      title: 'На этом сокете ждёт слишком много команд',
      why: 'Команды одного сокета выполняются по порядку; их скопилось больше, чем вмещает очередь.',
      remedy:
        'Дождитесь подтверждений, прежде чем отправлять дальше, и повторите отклонённую команду с тем же `clientId`.',
    },
  },
  'origin/forbidden': {
    en: {
      why: 'A browser opened the connection from a web page whose origin the operator has not allowed.',
      remedy:
        'The operator adds the origin of the page to `BESEDKA_CORS_ORIGINS`. Programs outside a browser send no `Origin` header.',
    },
    ru: {
      title: 'Этой веб-странице нельзя пользоваться сервисом',
      why: 'Браузер открыл соединение со страницы, источник которой оператор не разрешил.',
      remedy:
        'Оператор добавляет источник страницы в `BESEDKA_CORS_ORIGINS`. Программы вне браузера заголовок `Origin` не отправляют.',
    },
  },
  'socket/too-many': {
    en: {
      why: 'One account, or one network address, may have only a limited number of sockets open at a time.',
      remedy:
        'Close sockets that are no longer needed and share one socket among the tabs of a browser; then connect again.',
    },
    ru: {
      title: 'Открыто слишком много сокетов',
      why: 'Одна учётная запись или один сетевой адрес может держать открытыми лишь ограниченное число сокетов.',
      remedy: 'Закройте ненужные сокеты, используйте один сокет на все вкладки браузера и подключитесь снова.',
    },
  },
  'auth/required': {
    en: {
      why: 'The operation is for signed-in people, and the request had no access token.',
      remedy:
        'Get a token at `POST /api/v1/auth/token` and send it as `Authorization: Bearer …`, or as `auth: { token }` when a socket connects.',
    },
    ru: {
      title: 'Сначала войдите',
      why: 'Операция доступна после входа, а в запросе не было токена доступа.',
      remedy:
        'Получите токен в `POST /api/v1/auth/token` и отправляйте его как `Authorization: Bearer …`, а при подключении сокета — как `auth: { token }`.',
    },
  },
  'auth/token-invalid': {
    en: {
      why: 'The access token is damaged, was signed with another key or for another service, or is not an access token at all.',
      remedy: 'Sign in again. If every token is refused, check that all nodes share one `BESEDKA_JWT_SECRET`.',
    },
    ru: {
      title: 'Токен доступа недействителен',
      why: 'Токен доступа повреждён, подписан другим ключом или для другого сервиса либо вовсе не является токеном доступа.',
      remedy:
        'Войдите снова. Если отклоняются все токены, проверьте, что у всех узлов один и тот же `BESEDKA_JWT_SECRET`.',
    },
  },
  'auth/token-expired': {
    en: {
      why: 'Access tokens live for some minutes only.',
      remedy: 'Exchange the refresh token for a new pair at `POST /api/v1/auth/token`, then repeat the request.',
    },
    ru: {
      title: 'Срок токена доступа истёк',
      why: 'Токены доступа живут лишь несколько минут.',
      remedy: 'Обменяйте токен обновления на новую пару в `POST /api/v1/auth/token` и повторите запрос.',
    },
  },
  'auth/session-ended': {
    en: {
      why: 'The session behind the token was ended: by signing out, by a change of password, by a block or because it was not used for long.',
      remedy: 'Sign in again. Neither the access token nor the refresh token of this session will work any more.',
    },
    ru: {
      title: 'Этот сеанс завершён',
      why: 'Сеанс, которому принадлежит токен, завершён: выходом, сменой пароля, блокировкой или из-за долгого бездействия.',
      remedy: 'Войдите снова. Ни токен доступа, ни токен обновления этого сеанса больше не действуют.',
    },
  },
  'auth/credentials-wrong': {
    en: {
      why: 'There is no account with this user name and password. The answer is the same whichever of the two is wrong.',
      remedy: 'Check both and try again. Too many wrong attempts are refused for a while.',
    },
    ru: {
      title: 'Неверное имя пользователя или пароль',
      why: 'Учётной записи с таким именем и паролем нет. Ответ одинаков, что бы из двух ни было неверно.',
      remedy: 'Проверьте и то и другое и попробуйте ещё раз. После многих неудачных попыток вход на время закрывается.',
    },
  },
  'auth/refresh-invalid': {
    en: {
      why: 'The refresh token is unknown, or its session has expired or was ended.',
      remedy: 'Sign in with user name and password.',
    },
    ru: {
      title: 'Токен обновления недействителен',
      why: 'Токен обновления неизвестен, либо его сеанс истёк или завершён.',
      remedy: 'Войдите с именем пользователя и паролем.',
    },
  },
  'auth/refresh-reused': {
    en: {
      why: 'A refresh token works once. When it comes a second time somebody else may have a copy, so the whole session was ended.',
      remedy:
        'Sign in again, and see to it that one client refreshes only once at a time and stores the new token before it goes on. If that was not the cause, change the password.',
    },
    ru: {
      title: 'Токен обновления уже использован; его сеанс завершён',
      why: 'Токен обновления действует один раз. Если он приходит повторно, копия может быть у кого-то ещё, поэтому завершён весь сеанс.',
      remedy:
        'Войдите снова и следите, чтобы клиент обновлял токен не параллельно и сохранял новый, прежде чем продолжить. Если дело не в этом, смените пароль.',
    },
  },
  'auth/too-many-attempts': {
    retryable: true,
    en: {
      why: 'Too many sign-ins with wrong passwords came for this account or from this address.',
      remedy: 'Wait for `retryAfter` seconds. The account itself is not locked: its open sessions go on working.',
    },
    ru: {
      title: 'Слишком много попыток',
      why: 'Для этой учётной записи или с этого адреса было слишком много входов с неверным паролем.',
      remedy: 'Подождите `retryAfter` секунд. Сама учётная запись не закрыта: её открытые сеансы продолжают работать.',
    },
  },
  'auth/busy': {
    retryable: true,
    en: {
      why: 'Checking a password is expensive on purpose, only a few are checked at a time, and the queue is full.',
      remedy: 'Try again after `retryAfter` seconds, with a little random delay where many clients sign in at once.',
    },
    ru: {
      title: 'Сейчас слишком много входов',
      why: 'Проверка пароля намеренно дорога, одновременно проверяются лишь несколько, и очередь заполнена.',
      remedy:
        'Повторите через `retryAfter` секунд, а если разом входит много клиентов — с небольшой случайной задержкой.',
    },
  },
  'auth/setup-link-invalid': {
    en: {
      why: 'A setup link makes the first superuser once and within thirty minutes of the start of the service.',
      remedy:
        'Restart the service to get a new link while there is no superuser, or run `besedka user create <username> --role superuser --password-stdin`.',
    },
    ru: {
      title: 'Ссылка начальной настройки использована, истекла или не существовала',
      why: 'Ссылка создаёт первого суперпользователя один раз и в течение тридцати минут после запуска сервиса.',
      remedy:
        'Пока суперпользователя нет, перезапустите сервис, чтобы получить новую ссылку, или выполните `besedka user create <username> --role superuser --password-stdin`.',
    },
  },
  'auth/password-wrong': {
    en: {
      why: 'A change of password needs the current one, and the one given is not it.',
      remedy: 'Give the current password. Who has forgotten it asks the operator: `besedka user password <username>`.',
    },
    ru: {
      title: 'Текущий пароль неверен',
      why: 'Для смены пароля нужен текущий, а указан другой.',
      remedy: 'Укажите текущий пароль. Если он забыт, обратитесь к оператору: `besedka user password <username>`.',
    },
  },
  'auth/key-invalid': {
    en: {
      why: 'No active API key has this secret: it is mistyped, was replaced or revoked, or has expired; or the request brings a second credential beside it.',
      remedy:
        'Check the configuration of your server against the key that you were given. A superuser sees in the list of keys which are active, and makes a new secret.',
    },
    ru: {
      title: 'Ключ API недействителен',
      why: 'Действующего ключа API с таким секретом нет: он набран с ошибкой, заменён, отозван или истёк; или в запросе есть ещё одни учётные данные.',
      remedy:
        'Сверьте настройки сервера с выданным ключом. Суперпользователь видит в списке ключей, какие действуют, и может выпустить новый секрет.',
    },
  },
  'key/scope-missing': {
    en: {
      why: 'The API key is good, but not for this: the scope in `scope` is missing. Acting for a person asks for `act_as` beside the scope of the operation.',
      remedy: 'Ask a superuser to add the scope to the key, or use a key that has it.',
    },
    ru: {
      title: 'У ключа API нет нужной области доступа',
      why: 'Ключ действителен, но не для этого: у него нет области `scope`. Чтобы действовать за человека, кроме области операции нужна `act_as`.',
      remedy: 'Попросите суперпользователя добавить область ключу или возьмите ключ, у которого она есть.',
    },
  },
  'key/not-accepted': {
    en: {
      why: 'This operation is for people who signed in, a socket is for people, and a web page must not hold the key of a server.',
      remedy:
        'Use the access token of a person. For your own people, `POST /api/v1/integrations/tokens` gives you one.',
    },
    ru: {
      title: 'Ключ API здесь не принимается',
      why: 'Эта операция — для вошедших людей, сокет — тоже, а веб-странице нельзя держать у себя ключ сервера.',
      remedy:
        'Используйте токен доступа человека. Для ваших собственных людей его выдаёт `POST /api/v1/integrations/tokens`.',
    },
  },
  'key/not-found': {
    en: { why: 'No API key has this id.', remedy: 'List the keys to find the right one.' },
    ru: {
      title: 'Такого ключа API нет',
      why: 'Ключа API с таким идентификатором нет.',
      remedy: 'Найдите нужный ключ в списке ключей.',
    },
  },
  'key/revoked': {
    en: {
      why: 'A revoked key stays revoked: it can neither be changed nor get a new secret.',
      remedy: 'Create a new key, for the same integrator by its `integratorId`.',
    },
    ru: {
      title: 'Ключ API отозван',
      why: 'Отозванный ключ остаётся отозванным: его нельзя ни изменить, ни снабдить новым секретом.',
      remedy: 'Создайте новый ключ — для того же интегратора, указав его `integratorId`.',
    },
  },
  'integrator/no-signing': {
    en: {
      why: 'Nothing was said about how this integrator signs tokens, or it was taken back.',
      remedy:
        'Say it with `PUT /api/v1/integrations/signing`, or let people in with `POST /api/v1/integrations/tokens`.',
    },
    ru: {
      title: 'Этот интегратор не подписывает токены',
      why: 'Способ подписи токенов для этого интегратора не задан или удалён.',
      remedy:
        'Задайте его через `PUT /api/v1/integrations/signing` или впускайте людей через `POST /api/v1/integrations/tokens`.',
    },
  },
  'key/required': {
    en: {
      why: 'This is for a server itself: it needs an API key and, beside it, no `X-Act-As`.',
      remedy: 'Call it from your server with a key that has the scope, and name no person.',
    },
    ru: {
      title: 'Это может только сервер с ключом API',
      why: 'Операция предназначена самому серверу: нужен ключ API, а заголовка `X-Act-As` быть не должно.',
      remedy: 'Вызывайте её со своего сервера с ключом, имеющим нужную область, и не называйте никого.',
    },
  },
  'integrator/not-found': {
    en: {
      why: 'No integrator has this id.',
      remedy: 'Read `integrator.id` in the list of keys, or leave it out to make a new integrator.',
    },
    ru: {
      title: 'Такого интегратора нет',
      why: 'Интегратора с таким идентификатором нет.',
      remedy: 'Возьмите `integrator.id` из списка ключей или не указывайте его, чтобы создать нового интегратора.',
    },
  },
  'integrator/audience-taken': {
    en: {
      why: 'The audience tells whose token it is, so two integrators cannot have the same.',
      remedy: 'Choose another audience, such as the address of your service, and sign tokens for it.',
    },
    ru: {
      title: 'Эта аудитория занята другим интегратором',
      why: 'По аудитории узнаётся, чей это токен, поэтому у двух интеграторов она не может быть одинаковой.',
      remedy: 'Выберите другую аудиторию, например адрес вашего сервиса, и подписывайте токены для неё.',
    },
  },
  'integrator/url-not-allowed': {
    en: {
      why: 'The address is not `https`, carries a user name or a password, or leads into a private network; or, for the signing of tokens, it gave no key set: too late, too large, or something else.',
      remedy:
        'Give a public `https` address; for the signing of tokens one that answers with a JSON Web Key Set. For a closed network the operator sets `BESEDKA_OUTGOING_ALLOWED`.',
    },
    ru: {
      title: 'К этому адресу обращаться нельзя',
      why: 'Адрес не `https`, содержит имя пользователя или пароль либо ведёт в частную сеть; или, для подписи токенов, не отдал набор ключей: слишком поздно, слишком много или что-то другое.',
      remedy:
        'Укажите публичный адрес `https`; для подписи токенов — отвечающий набором ключей JWKS. Для закрытой сети оператор задаёт `BESEDKA_OUTGOING_ALLOWED`.',
    },
  },
  'integrator/no-before-send': {
    en: {
      why: 'No hook before sending was set for this integrator, or it was taken back.',
      remedy: 'Set it with `PUT /api/v1/integrations/before-send`.',
    },
    ru: {
      title: 'У этого интегратора нет проверки перед отправкой',
      why: 'Проверка сообщений перед отправкой для этого интегратора не задана или удалена.',
      remedy: 'Задайте её через `PUT /api/v1/integrations/before-send`.',
    },
  },
  'webhook/not-found': {
    en: {
      why: 'Your server has no webhook with this id; it may have been deleted.',
      remedy: 'Read the ids with `GET /api/v1/integrations/webhooks`.',
    },
    ru: {
      title: 'Такого вебхука нет',
      why: 'У вашего сервера нет вебхука с таким идентификатором; возможно, он удалён.',
      remedy: 'Возьмите идентификаторы из `GET /api/v1/integrations/webhooks`.',
    },
  },
  'webhook/too-many': {
    en: {
      why: 'A server has at most 20 webhooks.',
      remedy: 'Delete one that is not needed, or let one webhook take more types and rooms.',
    },
    ru: {
      title: 'Слишком много вебхуков',
      why: 'У одного сервера может быть не больше 20 вебхуков.',
      remedy: 'Удалите ненужный или направьте в один вебхук больше типов событий и комнат.',
    },
  },
  'event/position-gone': {
    en: {
      why: 'Events are kept for `BESEDKA_RETENTION_DAYS`, and some behind this position are gone, so that the answer would have a hole.',
      remedy:
        'Go on from `oldest`, and read what you need of the time between from the history of the rooms: `GET /api/v1/rooms/{roomId}/messages`.',
    },
    ru: {
      title: 'События после этой позиции уже не хранятся',
      why: 'События хранятся `BESEDKA_RETENTION_DAYS` дней; часть событий после этой позиции удалена, и в ответе был бы пропуск.',
      remedy:
        'Продолжайте с `oldest`, а недостающее возьмите из истории комнат: `GET /api/v1/rooms/{roomId}/messages`.',
    },
  },
  'account/guest': {
    en: {
      why: 'A guest is nowhere but in the rooms he was brought into: he reads and writes there, and that is all.',
      remedy: 'Sign in with an account, or ask the service that let you in to do it for you.',
    },
    ru: {
      title: 'Гостям это недоступно',
      why: 'Гость присутствует только в комнатах, в которые его привели: там он читает и пишет, и больше ничего.',
      remedy: 'Войдите под учётной записью или попросите впустивший вас сервис сделать это за вас.',
    },
  },
  'role/insufficient': {
    en: {
      why: 'The operation needs a higher role than yours: user, moderator, superuser.',
      remedy: 'Ask a superuser to do it or to grant you the role. A new role works at once, with the same token.',
    },
    ru: {
      title: 'Ваша роль этого не позволяет',
      why: 'Операция требует роли выше вашей: пользователь, модератор, суперпользователь.',
      remedy:
        'Попросите суперпользователя сделать это или выдать вам роль. Новая роль действует сразу, с тем же токеном.',
    },
  },
  'account/blocked': {
    en: {
      why: 'A moderator has blocked the account, everywhere or in this room.',
      remedy:
        'Where the answer gives them, `reason` says why and `expiresAt` until when; after that time the account works again by itself. You may appeal: `POST /api/v1/appeals`. Refused at sign-in, use `appealToken` of the answer as the bearer token for that and for reading the statement of reasons `sanctionId`; `appeal` says what came of it.',
    },
    ru: {
      title: 'Эта учётная запись заблокирована',
      why: 'Модератор заблокировал учётную запись — везде или в этой комнате.',
      remedy:
        'Если они есть в ответе, `reason` говорит почему, а `expiresAt` — до какого времени; затем учётная запись заработает сама. Решение можно обжаловать: `POST /api/v1/appeals`. При отказе во входе предъявите для этого и для чтения обоснования `sanctionId` токен `appealToken` из ответа; `appeal` говорит, что решили по жалобе.',
    },
  },
  'account/personally-blocked': {
    en: {
      why: 'You have blocked this person yourself: in a direct room neither of you writes to the other while that lasts.',
      remedy: 'Lift your personal block with `DELETE /api/v1/accounts/me/personal-blocks/{accountId}`, then write.',
    },
    ru: {
      title: 'Вы заблокировали этого человека',
      why: 'Вы сами заблокировали этого человека: пока это так, в личной комнате никто из вас не пишет другому.',
      remedy: 'Снимите личную блокировку через `DELETE /api/v1/accounts/me/personal-blocks/{accountId}` и пишите.',
    },
  },
  'account/not-found': {
    en: {
      why: 'No account has this id.',
      remedy: 'Look the person up with `GET /api/v1/accounts?query=…` and use the `id` from there.',
    },
    ru: {
      title: 'Такой учётной записи нет',
      why: 'Учётной записи с этим идентификатором нет.',
      remedy: 'Найдите человека через `GET /api/v1/accounts?query=…` и возьмите `id` оттуда.',
    },
  },
  'account/username-taken': {
    en: {
      why: 'Another account has this user name. Upper and lower case and look-alike forms of letters count as the same name.',
      remedy: 'Choose another name. If your own registration was repeated after a lost answer, sign in instead.',
    },
    ru: {
      title: 'Это имя пользователя занято',
      why: 'Это имя носит другая учётная запись. Прописные и строчные буквы и равнозначные формы символов считаются одним именем.',
      remedy: 'Выберите другое имя. Если вы повторили свою регистрацию после потерянного ответа, просто войдите.',
    },
  },
  'account/email-taken': {
    en: {
      why: 'Another account uses this e-mail address.',
      remedy: 'Give another address or none, or sign in to the account that has it.',
    },
    ru: {
      title: 'Этот адрес электронной почты занят',
      why: 'Этот адрес использует другая учётная запись.',
      remedy: 'Укажите другой адрес или не указывайте никакого, либо войдите в ту учётную запись.',
    },
  },
  'account/last-superuser': {
    en: {
      why: 'The service always keeps one superuser, or nobody could manage it; this is the last one.',
      remedy: 'Make somebody else superuser first, then repeat the request.',
    },
    ru: {
      title: 'Последний суперпользователь остаётся',
      why: 'У сервиса всегда есть хотя бы один суперпользователь, иначе им некому управлять; этот — последний.',
      remedy: 'Сначала сделайте суперпользователем кого-нибудь ещё, затем повторите запрос.',
    },
  },
  'account/registration-closed': {
    en: {
      why: 'The operator has closed registration with `BESEDKA_REGISTRATION=closed`.',
      remedy: 'Ask the operator for an account: `besedka user create <username> --password-stdin`.',
    },
    ru: {
      title: 'Регистрация здесь закрыта',
      why: 'Оператор закрыл регистрацию настройкой `BESEDKA_REGISTRATION=closed`.',
      remedy: 'Попросите оператора создать учётную запись: `besedka user create <username> --password-stdin`.',
    },
  },
  'session/not-found': {
    en: {
      why: 'None of your open sessions has this id; it may have ended meanwhile.',
      remedy:
        'List your sessions with `GET /api/v1/auth/sessions`. If you wanted to end this one, there is nothing left to do.',
    },
    ru: {
      title: 'Такого сеанса нет',
      why: 'Среди ваших открытых сеансов нет такого; возможно, он уже завершён.',
      remedy:
        'Посмотрите сеансы в `GET /api/v1/auth/sessions`. Если вы хотели завершить этот, делать больше ничего не нужно.',
    },
  },
  'room/not-found': {
    en: {
      why: 'There is no room with this id, or it is not visible to you. The answer is the same, so that it tells nothing about private rooms.',
      remedy: 'List your rooms with `GET /api/v1/rooms`. Somebody in a private room has to add you to it.',
    },
    ru: {
      title: 'Такой комнаты нет',
      why: 'Комнаты с этим идентификатором нет, или вам она не видна. Ответ одинаков, чтобы ничего не говорить о закрытых комнатах.',
      remedy:
        'Посмотрите свои комнаты в `GET /api/v1/rooms`. В закрытую комнату вас должен добавить кто-то из её участников.',
    },
  },
  'room/not-member': {
    en: {
      why: 'You see the room, but this is for its members.',
      remedy: 'Join with `POST /api/v1/rooms/{id}/join`, where the room can be joined.',
    },
    ru: {
      title: 'Вы не участник этой комнаты',
      why: 'Комната вам видна, но это действие — для её участников.',
      remedy: 'Вступите через `POST /api/v1/rooms/{id}/join`, если в комнату можно вступить.',
    },
  },
  'room/forbidden': {
    en: {
      why: 'The rules of the room give this action to a higher rank than yours in it: member, owner, moderator, superuser.',
      remedy: 'Ask the owner of the room or a moderator. The rules follow from the `preset` of the room.',
    },
    ru: {
      title: 'Правила этой комнаты этого не позволяют',
      why: 'По правилам комнаты это действие доступно рангу выше вашего: участник, владелец, модератор, суперпользователь.',
      remedy: 'Обратитесь к владельцу комнаты или модератору. Правила следуют из её `preset`.',
    },
  },
  'room/slow-mode': {
    retryable: true,
    en: {
      why: 'The room is in slow mode: one person may write in it once in `slowModeSeconds`, and too little time has passed since your last message. Its owner, moderators and superusers do not wait.',
      remedy:
        'Wait for as many seconds as `retryAfter` says and send the message again with the same `clientId`. A refused message does not prolong the wait; deleting your last one does not shorten it.',
    },
    ru: {
      title: 'Комната принимает ваши сообщения медленно',
      why: 'В комнате включён медленный режим: один человек может писать в ней раз в `slowModeSeconds` секунд, а с вашего последнего сообщения прошло меньше. Владелец комнаты, модераторы и суперпользователи не ждут.',
      remedy:
        'Подождите столько секунд, сколько указано в `retryAfter`, и отправьте сообщение снова с тем же `clientId`. Отклонённое сообщение не продлевает ожидание, удаление последнего — не сокращает.',
    },
  },
  'room/full': {
    en: {
      why: 'The room has as many members as its capacity allows.',
      remedy: 'Try again when somebody has left, or ask the owner to raise the capacity.',
    },
    ru: {
      title: 'Комната заполнена',
      why: 'В комнате столько участников, сколько позволяет её вместимость.',
      remedy: 'Попробуйте снова, когда кто-нибудь выйдет, или попросите владельца увеличить вместимость.',
    },
  },
  'room/password-wrong': {
    en: {
      why: 'The room has a password, and the one given is missing or wrong.',
      remedy: 'Send `{"password": "…"}` with the password that you got from somebody in the room.',
    },
    ru: {
      title: 'Пароль комнаты не указан или неверен',
      why: 'У комнаты есть пароль, а указанный отсутствует или неверен.',
      remedy: 'Отправьте `{"password": "…"}` с паролем, который вам сообщили в комнате.',
    },
  },
  'room/delivered-marks-off': {
    en: {
      why: 'Delivered marks are turned off in this room, or it has more than 100 members.',
      remedy:
        'Look at `deliveredMarks` and `memberCount` of the room before you mark anything. Whoever may change the room turns them on with `{"deliveredMarks": true}`.',
    },
    ru: {
      title: 'В этой комнате нет отметок о доставке',
      why: 'Отметки о доставке в этой комнате выключены, или в ней больше 100 участников.',
      remedy:
        'Прежде чем отмечать, посмотрите на `deliveredMarks` и `memberCount` комнаты. Включить отметки может тот, кому разрешено менять комнату: `{"deliveredMarks": true}`.',
    },
  },
  'room/name-taken': {
    en: {
      why: 'The room was made where no two rooms share a name, and another such room has this one. Letter case and compatibility forms make no other name.',
      remedy: 'Choose another name.',
    },
    ru: {
      title: 'Так уже называется другая комната',
      why: 'Комната создана там, где названия не повторяются, и это название уже занято. Регистр и варианты написания букв название не меняют.',
      remedy: 'Выберите другое название.',
    },
  },
  'room/capacity-too-small': {
    en: {
      why: 'The new capacity is below the number of members the room already has.',
      remedy: 'Choose a capacity of at least `memberCount`, or remove members first.',
    },
    ru: {
      title: 'В комнате больше участников, чем эта вместимость',
      why: 'Новая вместимость меньше числа участников, которые уже в комнате.',
      remedy: 'Укажите вместимость не меньше `memberCount` или сначала удалите участников.',
    },
  },
  'room/too-many-attempts': {
    retryable: true,
    en: {
      why: 'You tried too many wrong passwords on this room.',
      remedy: 'Wait for `retryAfter` seconds and ask somebody in the room for the password.',
    },
    ru: {
      title: 'Слишком много попыток вступить',
      why: 'Вы слишком часто указывали неверный пароль этой комнаты.',
      remedy: 'Подождите `retryAfter` секунд и узнайте пароль у кого-нибудь в комнате.',
    },
  },
  'member/not-found': {
    en: {
      why: 'This account is not a member of the room, or no longer.',
      remedy: 'List the members with `GET /api/v1/rooms/{id}/members`.',
    },
    ru: {
      title: 'Такого участника в комнате нет',
      why: 'Эта учётная запись не состоит в комнате или уже вышла.',
      remedy: 'Посмотрите участников в `GET /api/v1/rooms/{id}/members`.',
    },
  },
  'member/blocked': {
    en: {
      why: 'A moderator has blocked this account in the room: until the block is lifted or has expired nobody can add it.',
      remedy: 'Leave the account out, or ask a moderator to lift the block.',
    },
    ru: {
      title: 'Блокировка не пускает эту учётную запись в комнату',
      why: 'Модератор заблокировал эту учётную запись в комнате: пока блокировка не снята и не истекла, добавить её нельзя.',
      remedy: 'Не добавляйте эту учётную запись или попросите модератора снять блокировку.',
    },
  },
  'message/not-found': {
    en: {
      why: 'The room has no message with this id.',
      remedy:
        'Read the history with `GET /api/v1/rooms/{id}/messages` and use the ids from there, with the id of the same room.',
    },
    ru: {
      title: 'Такого сообщения нет',
      why: 'В комнате нет сообщения с этим идентификатором.',
      remedy:
        'Прочитайте историю в `GET /api/v1/rooms/{id}/messages` и берите идентификаторы оттуда, вместе с идентификатором той же комнаты.',
    },
  },
  'message/not-yours': {
    en: {
      why: 'Another person wrote this message.',
      remedy: 'Answer it with `replyTo` instead, or ask a moderator if it has to go.',
    },
    ru: {
      title: 'Изменить сообщение может только автор',
      why: 'Это сообщение написал другой человек.',
      remedy: 'Ответьте на него с помощью `replyTo` или обратитесь к модератору, если его надо удалить.',
    },
  },
  'message/version-stale': {
    en: {
      why: 'The `version` you gave is no longer the current one: the message was edited after you read it.',
      remedy: 'Read the message again, apply your change to its present text and send its present `version`.',
    },
    ru: {
      title: 'Сообщение тем временем изменилось',
      why: 'Указанная `version` уже не текущая: сообщение изменили после того, как вы его прочитали.',
      remedy: 'Прочитайте сообщение снова, внесите правку в его нынешний текст и отправьте нынешнюю `version`.',
    },
  },
  'message/deleted': {
    en: {
      why: 'The message was deleted before your change arrived; a deletion always stays.',
      remedy: 'Give the change up, or send its text as a new message with a new `clientId`.',
    },
    ru: {
      title: 'Сообщение удалено',
      why: 'Сообщение удалили раньше, чем пришло ваше изменение; удаление всегда остаётся в силе.',
      remedy: 'Откажитесь от изменения или отправьте текст новым сообщением с новым `clientId`.',
    },
  },
  'message/not-restorable': {
    en: {
      why: 'Only what a moderator deleted can be restored, within 30 days. This message was not deleted, was deleted by its author, or was deleted longer ago.',
      remedy: 'Ask the author to send it again.',
    },
    ru: {
      title: 'Это сообщение нельзя восстановить',
      why: 'Восстановить можно только удалённое модератором и только в течение 30 дней. Это сообщение не удалено, удалено автором или удалено раньше.',
      remedy: 'Попросите автора отправить его снова.',
    },
  },
  'message/key-reused': {
    en: {
      why: 'You sent another message with this `clientId` before: another text, another room or another `replyTo`. A `clientId` belongs to one message for ever.',
      remedy:
        'Use a new random `clientId`, such as a UUID, for every new message; repeat one only to retry exactly the same message.',
    },
    ru: {
      title: 'Этот clientId использован для другого сообщения',
      why: 'С этим `clientId` вы уже отправили другое сообщение: другой текст, другая комната или другой `replyTo`. Один `clientId` навсегда принадлежит одному сообщению.',
      remedy:
        'Для каждого нового сообщения берите новый случайный `clientId`, например UUID; повторяйте его, только чтобы ещё раз отправить то же самое сообщение.',
    },
  },
  'message/not-releasable': {
    en: {
      why: 'A message that was held is sent in the name of its author, and the rules of the room or a block refuse it now; `refusal` is the code he would get.',
      remedy: 'Undo what stands in the way and release it again, or discard it.',
    },
    ru: {
      title: 'Это сообщение нельзя пропустить',
      why: 'Задержанное сообщение уходит от имени автора, а правила комнаты или блокировка сейчас этого не допускают; `refusal` — код отказа, который получил бы он сам.',
      remedy: 'Устраните препятствие и пропустите сообщение ещё раз или отклоните его.',
    },
  },
  'message/filtered': {
    en: {
      why: 'The text meets what the moderators of this community do not allow. Which words, links or patterns they look for is not told.',
      remedy: 'Say it in other words and send it with a new `clientId`, or ask a moderator.',
    },
    ru: {
      title: 'Правила сообщества не допускают такой текст',
      why: 'В тексте есть то, чего модераторы этого сообщества не допускают. Какие слова, ссылки или шаблоны они ищут, не сообщается.',
      remedy: 'Скажите это другими словами и отправьте с новым `clientId` или обратитесь к модератору.',
    },
  },
  'message/refused': {
    en: {
      why: 'The server of an integrator looks at messages of this room before they are sent, and said no. `reason` is what it says to the author, where it says anything.',
      remedy: 'Show `reason`, and let the author write something else under a new `clientId`.',
    },
    ru: {
      title: 'Сервер, который следит за этой комнатой, отклонил сообщение',
      why: 'Сервер интегратора проверяет сообщения этой комнаты перед отправкой и ответил отказом. В `reason` — его пояснение для автора, если оно есть.',
      remedy: 'Покажите `reason` и дайте автору написать другое сообщение с новым `clientId`.',
    },
  },
  'message/unscreened': {
    retryable: true,
    en: {
      why: 'The server of an integrator has to look at messages of this room before they are sent. It did not answer in time, and it was chosen that none passes unseen.',
      remedy: 'Send the message again with the same `clientId` after `retryAfter` seconds.',
    },
    ru: {
      title: 'Сервер, который должен проверить сообщение, не ответил',
      why: 'Сервер интегратора должен проверять сообщения этой комнаты перед отправкой. Он не ответил вовремя, а пропускать непроверенные сообщения не разрешено.',
      remedy: 'Отправьте сообщение ещё раз с тем же `clientId` через `retryAfter` секунд.',
    },
  },
  'message/held': {
    en: {
      why: 'The text is kept under `heldId`, and nobody reads it until a moderator has looked at it. `state` is `waiting` while he has not, `discarded` when he decided against it.',
      remedy:
        'Wait for the fact `held.outcome`: a released message is sent in your name, under the `clientId` you gave. Repeating the request changes nothing.',
    },
    ru: {
      title: 'Сообщение ждёт модератора',
      why: 'Текст сохранён под номером `heldId`, и никто его не прочтёт, пока его не посмотрит модератор. `state` — `waiting`, пока он не посмотрел, `discarded`, если он решил не пропускать сообщение.',
      remedy:
        'Дождитесь события `held.outcome`: пропущенное сообщение уходит от вашего имени с тем же `clientId`. Повтор запроса ничего не изменит.',
    },
  },
  'moderation/self': {
    en: {
      why: 'A moderator can neither block or warn himself, nor lift or change a block of himself, nor have his own messages deleted in bulk, nor see or decide as a moderator what is about himself.',
      remedy:
        'Ask another moderator. Your own messages you delete one by one and your own sanctions you read at `/accounts/me/sanctions`, as everybody does.',
    },
    ru: {
      title: 'Никто не модерирует сам себя',
      why: 'Модератор не может заблокировать или предупредить себя, снять или изменить собственную блокировку, удалить разом собственные сообщения, а также видеть и решать как модератор то, что касается его самого.',
      remedy:
        'Обратитесь к другому модератору. Собственные сообщения удаляйте по одному, а собственные санкции читайте в `/accounts/me/sanctions`, как все.',
    },
  },
  'personal-block/self': {
    en: {
      why: 'A personal block keeps another person away; it cannot be laid on oneself.',
      remedy: 'Give the id of another account.',
    },
    ru: {
      title: 'Нельзя заблокировать самого себя',
      why: 'Личная блокировка ограждает от другого человека; наложить её на себя нельзя.',
      remedy: 'Укажите идентификатор другой учётной записи.',
    },
  },
  'personal-block/too-many': {
    en: {
      why: 'One person may have at most 1000 personal blocks.',
      remedy: 'Lift personal blocks that are no longer needed, then block again.',
    },
    ru: {
      title: 'Слишком много личных блокировок',
      why: 'У одного человека может быть не больше 1000 личных блокировок.',
      remedy: 'Снимите личные блокировки, которые больше не нужны, и повторите запрос.',
    },
  },
  'block/not-found': {
    en: {
      why: 'No block has this id.',
      remedy: 'Look it up with `GET /api/v1/moderation/blocks?accountId=…`.',
    },
    ru: {
      title: 'Такой блокировки нет',
      why: 'Блокировки с этим идентификатором нет.',
      remedy: 'Найдите её через `GET /api/v1/moderation/blocks?accountId=…`.',
    },
  },
  'block/over': {
    en: {
      why: 'The block was lifted or has expired; it cannot be changed any more.',
      remedy: 'Block the account anew.',
    },
    ru: {
      title: 'Эта блокировка закончилась',
      why: 'Блокировка снята или истекла; изменить её больше нельзя.',
      remedy: 'Заблокируйте учётную запись заново.',
    },
  },
  'report/self': {
    en: {
      why: 'You reported your own account or a message of your own.',
      remedy:
        'Delete your message yourself. If somebody else uses your account, change the password and sign out everywhere.',
    },
    ru: {
      title: 'Никто не жалуется на себя',
      why: 'Вы пожаловались на собственную учётную запись или на собственное сообщение.',
      remedy:
        'Своё сообщение удалите сами. Если вашей учётной записью пользуется кто-то другой, смените пароль и завершите все сеансы.',
    },
  },
  'report/not-found': {
    en: {
      why: 'No case of reports has this id. The ids of the queue are not those of single reports.',
      remedy: 'Use the `id` of an item of `GET /api/v1/moderation/reports`, or `caseId` of `report.opened`.',
    },
    ru: {
      title: 'Такого дела нет',
      why: 'Дела с этим идентификатором нет. Номера дел в очереди не совпадают с номерами отдельных жалоб.',
      remedy: 'Используйте `id` из `GET /api/v1/moderation/reports` или `caseId` из события `report.opened`.',
    },
  },
  'report/claimed': {
    en: {
      why: 'Another moderator deals with this case: `claimedBy` says who, `claimedUntil` for how long his claim holds.',
      remedy:
        'Choose another case, or take this one over by `takeOver: true`. A claim binds nobody: deciding is possible without one.',
    },
    ru: {
      title: 'Делом занят другой модератор',
      why: 'Этим делом занимается другой модератор: `claimedBy` говорит кто, `claimedUntil` — до какого времени.',
      remedy:
        'Возьмите другое дело или заберите это с `takeOver: true`. Отметка никого не связывает: решить дело можно и без неё.',
    },
  },
  'report/decided': {
    en: {
      why: 'Another decision came first: `decidedBy` says whose, `decidedAt` when, `decision` which. Nothing of yours was done.',
      remedy: 'Read the case. If more is needed, act directly, such as with `POST /api/v1/moderation/blocks`.',
    },
    ru: {
      title: 'Дело уже решено',
      why: 'Другое решение было раньше: `decidedBy` говорит чьё, `decidedAt` — когда, `decision` — какое. Из вашего ничего не исполнено.',
      remedy: 'Прочитайте дело. Если нужно большее, действуйте прямо, например через `POST /api/v1/moderation/blocks`.',
    },
  },
  'import/not-found': {
    en: {
      why: 'No import of this integrator has this id, or it was finished so long ago that it is forgotten.',
      remedy: 'Use the `id` that `POST /api/v1/integrations/imports` answered.',
    },
    ru: {
      title: 'Такого импорта нет',
      why: 'У этого интегратора нет импорта с таким идентификатором, или он закончен так давно, что забыт.',
      remedy: 'Используйте `id` из ответа `POST /api/v1/integrations/imports`.',
    },
  },
  'import/too-many': {
    retryable: true,
    en: {
      why: 'Imports of one integrator are worked off one after the other, and 20 of them wait already.',
      remedy:
        'Wait until one of them is `done`: `GET /api/v1/integrations/imports/{importId}` tells. Then send this one again.',
    },
    ru: {
      title: 'Слишком много ваших импортов ждут очереди',
      why: 'Импорты одного интегратора выполняются один за другим, и 20 из них уже ждут.',
      remedy:
        'Дождитесь, пока один из них станет `done` (`GET /api/v1/integrations/imports/{importId}`), и отправьте этот ещё раз.',
    },
  },
  'deletion/not-found': {
    en: {
      why: 'No deletion of messages has this id.',
      remedy: 'Use the `id` that `POST /api/v1/moderation/deletions` answered, or `deletionId` of the block.',
    },
    ru: {
      title: 'Такого удаления нет',
      why: 'Удаления сообщений с этим идентификатором нет.',
      remedy: 'Используйте `id` из ответа `POST /api/v1/moderation/deletions` или `deletionId` блокировки.',
    },
  },
  'sanction/not-found': {
    en: {
      why: 'No sanction has this id, or it is about somebody else.',
      remedy: 'Find the id with `GET /api/v1/accounts/me/sanctions`.',
    },
    ru: {
      title: 'Такой санкции нет',
      why: 'Санкции с таким номером нет, или она относится не к вам.',
      remedy: 'Найдите номер через `GET /api/v1/accounts/me/sanctions`.',
    },
  },
  'sanction/over': {
    en: {
      why: 'The sanction was lifted or taken back, or a changed block took its place; there is nothing left to appeal against.',
      remedy: 'Read `GET /api/v1/accounts/me/sanctions`: against the changed block you can appeal anew.',
    },
    ru: {
      title: 'Эта санкция отменена или заменена',
      why: 'Санкцию сняли или отменили, либо её место заняла изменённая блокировка; обжаловать больше нечего.',
      remedy: 'Прочитайте `GET /api/v1/accounts/me/sanctions`: изменённую блокировку можно обжаловать заново.',
    },
  },
  'appeal/not-found': {
    en: { why: 'No appeal has this id.', remedy: 'Find it with `GET /api/v1/moderation/appeals`.' },
    ru: {
      title: 'Такой жалобы на решение нет',
      why: 'Жалобы с таким номером нет.',
      remedy: 'Найдите её через `GET /api/v1/moderation/appeals`.',
    },
  },
  'appeal/exists': {
    en: {
      why: 'There is one appeal for each sanction, and this one was filed before, with another text.',
      remedy: 'Read it, and what came of it, with `GET /api/v1/accounts/me/sanctions/{sanctionId}`.',
    },
    ru: {
      title: 'Вы уже обжаловали эту санкцию',
      why: 'Каждую санкцию обжалуют один раз, и эта жалоба уже подана, с другим текстом.',
      remedy: 'Прочитайте её и ответ на неё: `GET /api/v1/accounts/me/sanctions/{sanctionId}`.',
    },
  },
  'appeal/too-late': {
    en: {
      why: 'An appeal is taken until `redress.until` of the statement of reasons, six months after the decision.',
      remedy: 'Write to the moderators.',
    },
    ru: {
      title: 'Срок обжалования истёк',
      why: 'Жалобу принимают до времени `redress.until` из обоснования — шесть месяцев после решения.',
      remedy: 'Напишите модераторам.',
    },
  },
  'appeal/own-decision': {
    en: {
      why: 'You decided this sanction, or changed the block that it is. Only a superuser may decide on his own decision, and only where nobody else could.',
      remedy: 'Leave the appeal to another moderator.',
    },
    ru: {
      title: 'Никто не рассматривает жалобу на собственное решение',
      why: 'Эту санкцию назначили вы, или вы изменили эту блокировку. Собственное решение может рассмотреть только суперпользователь, и только если больше некому.',
      remedy: 'Оставьте жалобу другому модератору.',
    },
  },
  'appeal/decided': {
    en: {
      why: 'Another moderator was faster: `decidedBy` says who, `decidedAt` when, `decision` how.',
      remedy: 'Nothing is left to do. Read the appeal to see why.',
    },
    ru: {
      title: 'Эта жалоба уже рассмотрена',
      why: 'Другой модератор успел раньше: `decidedBy` говорит кто, `decidedAt` — когда, `decision` — как.',
      remedy: 'Делать больше ничего не нужно. Прочитайте жалобу, чтобы узнать почему.',
    },
  },
  'filter/not-found': {
    en: {
      why: 'No filter has this id, or it was deleted.',
      remedy: 'Take the id from the list of filters.',
    },
    ru: {
      title: 'Такого фильтра нет',
      why: 'Фильтра с таким номером нет, или он удалён.',
      remedy: 'Возьмите номер из списка фильтров.',
    },
  },
  'filter/too-many': {
    en: {
      why: 'Filters look at every message, so there is a limit to how many they are and how much they look for; `detail` names the one that is reached.',
      remedy: 'Delete filters or entries that are no longer needed, or say the same with fewer or shorter ones.',
    },
    ru: {
      title: 'Фильтров слишком много, или они слишком медленные',
      why: 'Фильтры просматривают каждое сообщение, поэтому их число и объём ограничены; какой предел достигнут, говорит `detail`.',
      remedy: 'Удалите ненужные фильтры или записи либо обойдитесь меньшим числом более коротких.',
    },
  },
  'idempotency/key-reused': {
    en: {
      why: 'You sent another request with this `Idempotency-Key` within the last 24 hours: another address or another body.',
      remedy: 'Use a new random key for every new request; repeat one only to retry exactly the same request.',
    },
    ru: {
      title: 'Этот Idempotency-Key использован для другого запроса',
      why: 'С этим `Idempotency-Key` за последние 24 часа вы уже отправили другой запрос: другой адрес или другое тело.',
      remedy:
        'Для каждого нового запроса берите новый случайный ключ; повторяйте его, только чтобы ещё раз отправить тот же самый запрос.',
    },
  },
  'idempotency/in-progress': {
    retryable: true,
    en: {
      why: 'The first request with this `Idempotency-Key` has not been answered yet.',
      remedy:
        'Wait for `retryAfter` seconds and repeat the request with the same key: you will get the answer of the first.',
    },
    ru: {
      title: 'Первый запрос с этим Idempotency-Key ещё выполняется',
      why: 'На первый запрос с этим `Idempotency-Key` ещё нет ответа.',
      remedy: 'Подождите `retryAfter` секунд и повторите запрос с тем же ключом: вы получите ответ первого.',
    },
  },
  'rate/limited': {
    retryable: true,
    en: {
      why: 'You sent more requests or commands than one account or one address may send in this time.',
      remedy:
        'Wait for `retryAfter` seconds (`retryAfterMs` milliseconds), then repeat; a message with the same `clientId`. `limit` names the limit, and the headers `RateLimit-Policy` and `RateLimit` tell it beforehand. A socket that goes on at three times a limit is closed with `rate_abuse`, and its account waits some seconds to open another.',
    },
    ru: {
      title: 'Слишком много запросов',
      why: 'Вы отправили больше запросов или команд, чем позволено одной учётной записи или одному адресу за это время.',
      remedy:
        'Подождите `retryAfter` секунд (`retryAfterMs` миллисекунд) и повторите; сообщение — с тем же `clientId`. `limit` называет ограничение, а заголовки `RateLimit-Policy` и `RateLimit` сообщают о нём заранее. Сокет, который продолжает слать втрое больше дозволенного, закрывается с причиной `rate_abuse`, и учётная запись несколько секунд не сможет открыть новый.',
    },
  },
  'server/unavailable': {
    retryable: true,
    en: {
      why: 'The database does not answer. It is not known whether a change that was under way was kept.',
      remedy:
        'Repeat the request after `retryAfter` seconds: a message with the same `clientId`, which is never stored twice; another POST with the same `Idempotency-Key`, after a look whether the first took effect.',
    },
    ru: {
      title: 'База данных сейчас недоступна',
      why: 'База данных не отвечает. Неизвестно, сохранилось ли изменение, которое выполнялось в этот момент.',
      remedy:
        'Повторите запрос через `retryAfter` секунд: сообщение — с тем же `clientId`, дважды оно не сохранится; другой POST — с тем же `Idempotency-Key`, проверив, не подействовал ли первый.',
    },
  },
  'server/storage-full': {
    retryable: true,
    en: {
      why: 'The disk of the database is full, so nothing new can be kept. Reading and what was stored before are not affected.',
      remedy:
        'Repeat later with the same `clientId`. The operator has to make room; the service then goes on by itself.',
    },
    ru: {
      title: 'Хранилище заполнено',
      why: 'Диск базы данных заполнен, и сохранить новое негде. Чтение и всё сохранённое ранее не затронуты.',
      remedy:
        'Повторите позже с тем же `clientId`. Оператор должен освободить место, после этого сервис продолжит работу сам.',
    },
  },
  'server/draining': {
    retryable: true,
    en: {
      why: 'This node is about to stop and takes no new work.',
      remedy:
        'Repeat the request after `retryAfter` seconds: another node, or this one after its restart, will answer. A message keeps its `clientId`.',
    },
    ru: {
      title: 'Этот узел останавливается',
      why: 'Узел вот-вот остановится и новой работы не принимает.',
      remedy:
        'Повторите запрос через `retryAfter` секунд: ответит другой узел или этот после перезапуска. Сообщение — с тем же `clientId`.',
    },
  },
  'server/timeout': {
    retryable: true,
    en: {
      why: 'The service gave up waiting for its own answer. It is not known whether a change that was under way was kept.',
      remedy:
        'Repeat the request after `retryAfter` seconds: a message with the same `clientId`, which is never stored twice; another POST with the same `Idempotency-Key`, after a look whether the first took effect.',
    },
    ru: {
      title: 'Ответ занял слишком много времени',
      why: 'Сервис не дождался собственного ответа. Неизвестно, сохранилось ли изменение, которое выполнялось в этот момент.',
      remedy:
        'Повторите запрос через `retryAfter` секунд: сообщение — с тем же `clientId`, дважды оно не сохранится; другой POST — с тем же `Idempotency-Key`, проверив, не подействовал ли первый.',
    },
  },
  'server/internal': {
    en: {
      why: 'The service met a state that it did not foresee. This is a defect, not a mistake in your request.',
      remedy:
        'Report the `requestId` to the operator, who finds the cause under it in the log. A message can safely be repeated with the same `clientId`, but may fail alike.',
    },
    ru: {
      title: 'У нас что-то пошло не так',
      why: 'Сервис оказался в непредусмотренном состоянии. Это дефект, а не ошибка в вашем запросе.',
      remedy:
        'Сообщите `requestId` оператору: по нему в журнале найдётся причина. Сообщение можно без опаски повторить с тем же `clientId`, но результат может быть тем же.',
    },
  },
};

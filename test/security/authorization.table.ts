import type { ProblemCode } from '../../src/platform/problems.js';

/** Who acts. The first three are nobody, whatever they once were: both tokens were bob's. */
export const NOBODIES = ['anonymous', 'expired', 'ended'] as const;
export const SIGNED_IN = ['outside', 'member', 'former', 'owner', 'moderator', 'superuser'] as const;
export const ACTORS = [...NOBODIES, ...SIGNED_IN] as const;
export type ActorName = (typeof ACTORS)[number];

/** Rooms of alice, where bob is a member and frank was one; rooms of carol, where none of the actors ever was; no room. */
export const ROOM_RELATIONS = [
  'own',
  'ownOpen',
  'ownClosed',
  'ownRoster',
  'ownDirect',
  'private',
  'open',
  'closed',
  'roster',
  'direct',
  'missing',
] as const;
export type RoomRelation = (typeof ROOM_RELATIONS)[number];

export const isRoom = (relation: string): relation is RoomRelation =>
  (ROOM_RELATIONS as readonly string[]).includes(relation);
export const isNobody = (actor: ActorName) => (NOBODIES as readonly string[]).includes(actor);

export const OUTCOMES = {
  '.': 'ok',
  A: 'auth/required',
  X: 'auth/token-expired',
  E: 'auth/session-ended',
  t: 'auth/token-invalid',
  c: 'auth/credentials-wrong',
  L: 'auth/setup-link-invalid',
  r: 'role/insufficient',
  N: 'room/not-found',
  n: 'room/not-member',
  F: 'room/forbidden',
  m: 'message/not-found',
  y: 'message/not-yours',
  k: 'member/not-found',
  a: 'account/not-found',
  s: 'session/not-found',
  S: 'moderation/self',
  P: 'personal-block/self',
  b: 'block/not-found',
  o: 'block/over',
  d: 'deletion/not-found',
  z: 'sanction/not-found',
  R: 'report/self',
  q: 'report/not-found',
  D: 'report/decided',
  K: 'key/not-found',
  Z: 'key/required',
  I: 'integrator/not-found',
  p: 'appeal/not-found',
  f: 'filter/not-found',
} as const satisfies Record<string, 'ok' | ProblemCode>;
export type Outcome = (typeof OUTCOMES)[keyof typeof OUTCOMES];

/**
 * What must come out, one letter of OUTCOMES for each of outside, member, former, owner, moderator, superuser. Nobodies get AXE everywhere.
 * A row is an operation of the OpenAPI document or a command of the event map, with a variant behind the colon where there are several;
 * the rule is the action of the room's policy that decides: `+member` asks for membership beside it, `|member` is satisfied by it.
 */
const ROOM_ROWS = `
row                  rule         own    ownOpen ownClosed ownRoster ownDirect private open   closed roster direct missing

getRoom              see          N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
changeRoom           edit         N.N... FFF...  NFNFF.    NFNFF.    NFNFFF    NNNN..  FFFF.. NNNNF. NNNNF. NNNNFF NNNNNN
changeRoom:slow      -            N.N... FFF...  NFNF..    NFNF..    NFNFFF    NNNN..  FFFF.. NNNN.. NNNN.. NNNNFF NNNNNN
changeRoom:marks     -            N.N... FFF...  NFNFF.    NFNFF.    N.N.FF    NNNN..  FFFF.. NNNNF. NNNNF. NNNNFF NNNNNN
deleteRoom           delete       NFNF.. FFF...  NFNFF.    NFNFF.    NFNFFF    NNNN..  FFFF.. NNNNF. NNNNF. NNNNFF NNNNNN
joinRoom             join|member  N.N.FF ......  N.N.FF    N.N.FF    N.N.FF    NNNNFF  ...... NNNNFF NNNNFF NNNNFF NNNNNN
leaveRoom            leave+member N.N.nn n.n.nn  N.N.nn    NFNFFF    NFNFFF    NNNNnn  nnnnnn NNNNnn NNNNFF NNNNFF NNNNNN
listMembers          read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
addMember:stranger   add          N.N... FFF...  NFNFF.    NFNFF.    NFNFFF    NNNN..  FFFF.. NNNNF. NNNNF. NNNNFF NNNNNN
addMember:nobody     add          NaNaaa FFFaaa  NFNFFa    NFNFFa    NFNFFF    NNNNaa  FFFFaa NNNNFa NNNNFa NNNNFF NNNNNN
removeMember:member  remove       N.N... FFF...  NFNFF.    NFNFF.    NFNFFF    NNNN..  FFFF.. NNNNF. NNNNF. NNNNFF NNNNNN
removeMember:owner   -            NFN... FFF...  NFN.F.    NFNFF.    NFNFFF    NNNN..  FFFF.. NNNNF. NNNNF. NNNNFF NNNNNN
removeMember:self    leave+member N.N.nn n.n.nn  N.N.nn    NFNFFF    NFNFFF    NNNNnn  nnnnnn NNNNnn NNNNFF NNNNFF NNNNNN
removeMember:absent  remove       NkNkkk FFFkkk  NFNFFk    NFNFFk    NFNFFF    NNNNkk  FFFFkk NNNNFk NNNNFk NNNNFF NNNNNN

sendMessage          post         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
sendMessage:across   post         NmNmmm mmmmmm  NmNmmm    NmNmmm    NmNmmm    NNNNmm  mmmmmm NNNNmm NNNNmm NNNNmm NNNNNN
listMessages         read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
searchMessages       read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
getMessage           read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
getMessage:across    read         NmNmmm mmmmmm  NmNmmm    NmNmmm    NmNmmm    NNNNmm  mmmmmm NNNNmm NNNNmm NNNNmm NNNNNN
editMessage:own      post         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
editMessage:others   post         NyNyyy yyyyyy  NyNyyy    NyNyyy    NyNyyy    NNNNyy  yyyyyy NNNNyy NNNNyy NNNNyy NNNNNN
editMessage:across   post         NmNmmm mmmmmm  NmNmmm    NmNmmm    NmNmmm    NNNNmm  mmmmmm NNNNmm NNNNmm NNNNmm NNNNNN
deleteMessage:own    read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
deleteMessage:others read         NyNy.. yyyy..  NyNy..    NyNy..    NyNy..    NNNN..  yyyy.. NNNN.. NNNN.. NNNN.. NNNNNN
deleteMessage:across read         NmNmmm mmmmmm  NmNmmm    NmNmmm    NmNmmm    NNNNmm  mmmmmm NNNNmm NNNNmm NNNNmm NNNNNN
listRoomEvents       read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
markRead             read+member  N.N.nn n.n.nn  N.N.nn    N.N.nn    N.N.nn    NNNNnn  nnnnnn NNNNnn NNNNnn NNNNnn NNNNNN
markUnread           read+member  N.N.nn n.n.nn  N.N.nn    N.N.nn    N.N.nn    NNNNnn  nnnnnn NNNNnn NNNNnn NNNNnn NNNNNN
markDelivered        read+member  N.N.nn n.n.nn  N.N.nn    N.N.nn    N.N.nn    NNNNnn  nnnnnn NNNNnn NNNNnn NNNNnn NNNNNN
listDelivered        read+member  N.N.nn n.n.nn  N.N.nn    N.N.nn    N.N.nn    NNNNnn  nnnnnn NNNNnn NNNNnn NNNNnn NNNNNN

message.send         post         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
message.send:across  post         NmNmmm mmmmmm  NmNmmm    NmNmmm    NmNmmm    NNNNmm  mmmmmm NNNNmm NNNNmm NNNNmm NNNNNN
message.edit:own     post         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
message.edit:others  post         NyNyyy yyyyyy  NyNyyy    NyNyyy    NyNyyy    NNNNyy  yyyyyy NNNNyy NNNNyy NNNNyy NNNNNN
message.edit:across  post         NmNmmm mmmmmm  NmNmmm    NmNmmm    NmNmmm    NNNNmm  mmmmmm NNNNmm NNNNmm NNNNmm NNNNNN
message.delete:own   read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
message.delete:others read        NyNy.. yyyy..  NyNy..    NyNy..    NyNy..    NNNN..  yyyy.. NNNN.. NNNN.. NNNN.. NNNNNN
message.delete:across read        NmNmmm mmmmmm  NmNmmm    NmNmmm    NmNmmm    NNNNmm  mmmmmm NNNNmm NNNNmm NNNNmm NNNNNN
room.resume          read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
typing.start         post         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
typing.stop          read         N.N... ......  N.N...    N.N...    N.N...    NNNN..  ...... NNNN.. NNNN.. NNNN.. NNNNNN
read.mark            read+member  N.N.nn n.n.nn  N.N.nn    N.N.nn    N.N.nn    NNNNnn  nnnnnn NNNNnn NNNNnn NNNNnn NNNNNN
delivered.mark       read+member  N.N.nn n.n.nn  N.N.nn    N.N.nn    N.N.nn    NNNNnn  nnnnnn NNNNnn NNNNnn NNNNnn NNNNNN
`;

/** What is not about rooms, with the relations that matter to it. Nine letters where nobodies are not simply AXE. */
const OTHER_ROWS = `
register           new ......... 
issueToken         right ......... wrong ccccccccc
setUp              guessed LLLLLLLLL
getLiveness        - .........
getReadiness       - .........

listAccounts       - ......
getMe              - ......
changeMe           - ......
changeMyPassword   - ......
getAccount         self ...... other ...... missing aaaaaa
changeRole         other rrrrr. missing rrrrra
logout             - ......
logoutEverywhere   - ......
listSessions       - ......
endSession         own ...... other ssssss missing ssssss
issueTicket        - ......

createRoom         alone ...... with ...... missing aaaaaa
listRooms          mine ...... open ...... all rrrr..
openDirectRoom     self ...... other ...... missing aaaaaa
getUnread          - ......
getPresence        other ...... missing ......

listPersonalBlocks - ......
blockPersonally    self PPPPPP user ...... moderator ...... superuser ...... missing aaaaaa
liftPersonalBlock  self ...... user ...... missing ......

blockAccount       user rrrr.. self rrrrSS moderator rrrrr. superuser rrrrr. missing rrrraa
listBlocks         - rrrr..
getBlock           user rrrr.. missing rrrrbb
changeBlock        user rrrr.. moderator rrrrr. over rrrroo missing rrrrbb
liftBlock          user rrrr.. moderator rrrrr. missing rrrrbb
removeMessage      hidden rrrr.. missing rrrrmm
restoreMessage     removed rrrrr. missing rrrrrm
deleteMessagesOf   user rrrr.. self rrrrSS moderator rrrrr. missing rrrraa
getDeletion        user rrrr.. missing rrrrdd
listAuditLog       - rrrr..
getModerationHealth - rrrr..
createFilter       everywhere rrrr.. private rrrr.. missing rrrrNN
dryRunFilters      everywhere rrrr.. private rrrr.. missing rrrrNN
listFilters        - rrrr..
getFilter          kept rrrr.. missing rrrrff
listFilterEntries  kept rrrr.. missing rrrrff
changeFilter       kept rrrr.. missing rrrrff
deleteFilter       kept rrrr.. missing rrrrff
warnAccount        user rrrr.. self rrrrSS moderator rrrrr. superuser rrrrr. missing rrrraa
listSanctionsOf    user rrrr.. self rrrrSS missing rrrraa
listMySanctions    - ......
getMySanction      own ...... other zzzzzz missing zzzzzz
fileAppeal         own ...... other zzzzzz missing zzzzzz
listAppeals        - rrrr..
getAppeal          user rrrr.. own rrrrSS missing rrrrpp
decideAppeal       user rrrr.. own rrrrSS moderator rrrrr. superuser rrrrr. missing rrrrpp

fileReport         seen ...... hidden mmmm.. own RRRRRR missing mmmmmm
listReports        - ......
listCases          - rrrr..
getCase            open rrrr.. own rrrrSS missing rrrrqq
claimCase          open rrrr.. own rrrrSS decided rrrrDD missing rrrrqq
releaseCase        open rrrr.. own rrrrSS decided rrrrDD missing rrrrqq
decideCase         open rrrr.. own rrrrSS decided rrrrDD missing rrrrqq
createKey          new rrrrr. missing rrrrrI
listKeys           - rrrrr.
getKey             known rrrrr. missing rrrrrK
changeKey          known rrrrr. missing rrrrrK
rotateKey          known rrrrr. missing rrrrrK
revokeKey          known rrrrr. missing rrrrrK
issuePersonToken   - ZZZZZZ
revokeTokens       - ZZZZZZ
getSigning         - ZZZZZZ
setSigning         - ZZZZZZ
removeSigning      - ZZZZZZ
createImport       - ZZZZZZ
getImport          known ZZZZZZ missing ZZZZZZ
listImportLines    known ZZZZZZ missing ZZZZZZ
createWebhook      - ZZZZZZ
listWebhooks       - ZZZZZZ
getWebhook         - ZZZZZZ
changeWebhook      - ZZZZZZ
deleteWebhook      - ZZZZZZ
rotateWebhookSecret - ZZZZZZ
testWebhook        - ZZZZZZ
listWebhookDeliveries - ZZZZZZ
replayWebhook      - ZZZZZZ
listEvents         - ZZZZZZ
getBeforeSend      - ZZZZZZ
setBeforeSend      - ZZZZZZ
removeBeforeSend   - ZZZZZZ

presence.watch     other ...... missing ......
presence.set       - ......
session.renew      own ...... others tttttt expired XXXXXX ended EEEEEE
`;

export interface Row {
  /** As it stands in the table. */
  name: string;
  /** The operation or command. */
  target: string;
  rule: string | undefined;
  /** The outcomes by relation, in the order of ACTORS. */
  cells: Map<string, Outcome[]>;
}

export const ROWS: readonly Row[] = [...roomRows(), ...otherRows()];

function roomRows(): Row[] {
  const [header, ...lines] = linesOf(ROOM_ROWS);
  const relations = header!.slice(2);
  if (relations.join() !== ROOM_RELATIONS.join()) throw new Error(`the columns of the table are ${relations.join()}`);
  return lines.map(([name, rule, ...letters]) => {
    if (letters.length !== relations.length) throw new Error(`${name} has ${letters.length} cells`);
    return rowOf(
      name!,
      rule === '-' ? undefined : rule,
      relations.map((relation, column) => [relation, letters[column]!]),
    );
  });
}

function otherRows(): Row[] {
  return linesOf(OTHER_ROWS).map(([name, ...pairs]) =>
    rowOf(
      name!,
      undefined,
      Array.from({ length: pairs.length / 2 }, (_, index) => [pairs[2 * index]!, pairs[2 * index + 1]!] as const),
    ),
  );
}

function linesOf(table: string): string[][] {
  return table
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => line.split(/\s+/));
}

function rowOf(
  name: string,
  rule: string | undefined,
  cells: readonly (readonly [relation: string, letters: string])[],
): Row {
  return {
    name,
    target: name.split(':')[0]!,
    rule,
    cells: new Map(cells.map(([relation, letters]) => [relation, outcomesOf(name, letters)])),
  };
}

function outcomesOf(name: string, letters: string): Outcome[] {
  const all = letters.length === SIGNED_IN.length ? `AXE${letters}` : letters;
  if (all.length !== ACTORS.length || [...all].some((letter) => !(letter in OUTCOMES)))
    throw new Error(`${name} has the cell ${letters}`);
  return [...all].map((letter) => OUTCOMES[letter as keyof typeof OUTCOMES]);
}

export function expectedOf(row: Row, relation: string, actor: ActorName): Outcome {
  return row.cells.get(relation)![ACTORS.indexOf(actor)]!;
}

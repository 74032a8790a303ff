/** What programs that read find at /llms.txt: what this is, where everything stands, and what is called most. */
export const LLMS_TEXT = `# Besedka

> A self-hosted chat service behind your own web app: rooms, messages and moderation over HTTP and Socket.IO. What is acknowledged is stored; each room numbers its events without holes; a block holds on every node when its call returns.

The API is under /api/v1, in JSON. People sign in with POST /api/v1/auth/token and send \`Authorization: Bearer <token>\`; servers send an API key as \`X-Api-Key\`. Every refusal is application/problem+json with a \`code\` that is never renamed. Lists are paged by cursors and by seq, never by page numbers.

## Documents

- [OpenAPI 3.1](/docs/openapi.json): every operation with its requests, answers, refusals and examples
- [AsyncAPI 3.0](/docs/asyncapi.json): every command and fact of the sockets
- [Problems](/problems): every refusal, why it comes and what to do

## Guides

- [All guides](/docs/guides)
- [People and keys](/docs/guides/keys-and-people): let the people of your app in, import many
- [A room on your page](/docs/guides/embed): one element for your page
- [Sockets](/docs/guides/realtime): order, resuming, retries, and the test that proves each promise
- [Webhooks](/docs/guides/webhooks): have your server told what happens
- [Moderation](/docs/guides/moderation): blocks, removals, reports, appeals, filters
- [Errors](/docs/guides/errors): form of refusals, what to repeat
- [Limits](/docs/guides/limits): how often, how large, how many
- [What may change](/docs/guides/deprecation): what to rely on

## The ten calls used most

- POST /api/v1/accounts: register a person
- POST /api/v1/auth/token: sign in, refresh
- POST /api/v1/integrations/tokens: with an API key, a token for a person of your app
- POST /api/v1/integrations/imports: with an API key, many people and rooms at once
- POST /api/v1/rooms: create a room
- GET /api/v1/rooms?view=mine: a person's rooms with last message and unread count
- POST /api/v1/rooms/{roomId}/messages: send \`{"text", "clientId"}\`; repeat it with the same clientId as often as you like
- GET /api/v1/rooms/{roomId}/messages?before={seq}: read backwards
- PUT /api/v1/rooms/{roomId}/read: mark as read up to a seq
- POST /api/v1/moderation/blocks: mute or block a person

On a socket: \`room.resume {roomId, after}\` after each connection, \`message.send\`, \`read.mark\`; listen to \`message.sent\`.
`;

/** The look, with every colour and measure open to the page by a custom property; light and dark follow the page's `color-scheme`. */
const STYLE = `
:host {
  --_accent: var(--besedka-accent, light-dark(#2f6feb, #3b76e6));
  --_on-accent: var(--besedka-on-accent, #fff);
  --_surface: var(--besedka-surface, light-dark(#fff, #17191d));
  --_bubble: var(--besedka-bubble, light-dark(#eff1f4, #262a31));
  --_text: var(--besedka-text, light-dark(#16181d, #eceef2));
  --_quiet: var(--besedka-quiet, light-dark(#59606c, #a3abb8));
  --_line: var(--besedka-line, light-dark(#d9dde3, #343943));
  --_danger: var(--besedka-danger, light-dark(#b3261e, #ff8a80));
  --_notice: var(--besedka-notice, light-dark(#fff4d6, #3a3117));
  --_radius: var(--besedka-radius, 14px);
  display: block;
  contain: content;
  height: 30rem;
  min-height: 12rem;
  color: var(--_text);
  background: var(--_surface);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  font: var(--besedka-font, 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
  text-align: start;
}
:host([hidden]) { display: none }
*, *::before, *::after { box-sizing: border-box }
[hidden] { display: none !important }
button, textarea { font: inherit; color: inherit }
button { cursor: pointer; border: 0; background: none; padding: .15rem .4rem; border-radius: 6px }
button:disabled { cursor: default; opacity: .5 }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px }
.room { display: flex; flex-direction: column; height: 100%; position: relative }
.banner { display: flex; gap: .5rem; align-items: center; justify-content: space-between; padding: .45rem .9rem; background: var(--_notice); font-size: .9em }
.banner button, .state button { text-decoration: underline; text-underline-offset: 2px }
.pane { flex: 1; min-height: 0; position: relative; display: flex; flex-direction: column }
.log { flex: 1; min-height: 0; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; position: relative; padding: .75rem .9rem; outline-offset: -3px; scrollbar-color: var(--_line) transparent }
.list { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; min-height: 100%; justify-content: flex-end }
.day { align-self: center; margin: .9rem 0 .4rem; color: var(--_quiet); font-size: .82em }
.message { display: flex; flex-direction: column; align-items: flex-start; max-width: min(85%, 38rem); margin-top: 3px }
.message.first { margin-top: .8rem }
.message.own { align-self: flex-end; align-items: flex-end }
.author { font-size: .82em; font-weight: 600; color: var(--_quiet); margin: 0 .2rem .15rem }
.bubble { background: var(--_bubble); border-radius: var(--_radius); padding: .4rem .75rem; max-width: 100% }
.own .bubble { background: var(--_accent); color: var(--_on-accent) }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext }
.meta { float: inline-end; margin: .42em 0 -.1em .8em; font-size: .72em; color: var(--_quiet); white-space: nowrap }
.own .meta { color: inherit }
.deleted .bubble, .hidden .bubble { background: none; border: 1px dashed var(--_line); color: var(--_quiet) }
.deleted .text, .hidden .text { font-style: italic }
.deleted .meta, .hidden .meta { color: inherit }
.pending .bubble { opacity: .85 }
.state { font-size: .82em; color: var(--_quiet); margin-top: .15rem; text-align: end }
.acts { white-space: nowrap }
.failed .state { color: var(--_danger) }
.failed .bubble { opacity: 1; background: none; color: inherit; border: 1px solid var(--_danger) }
.empty { margin: auto; color: var(--_quiet) }
.jump { position: absolute; inset-inline-end: 1rem; bottom: .6rem; background: var(--_surface); border: 1px solid var(--_line); border-radius: 999px; padding: .3rem .8rem; box-shadow: 0 2px 8px #0003 }
.typing { min-height: 1.6em; padding: 0 1.1rem; font-size: .82em; color: var(--_quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.notice { margin: 0; padding: .7rem .9rem; border-top: 1px solid var(--_line); background: var(--_notice); font-size: .92em }
form { display: flex; gap: .5rem; align-items: flex-end; padding: .6rem .9rem .8rem; border-top: 1px solid var(--_line) }
label { flex: 1; min-width: 0 }
textarea { display: block; width: 100%; resize: none; max-height: 9.5em; padding: .5rem .8rem; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_bubble); field-sizing: content }
textarea::placeholder { color: var(--_quiet); opacity: 1 }
.count { padding: 0 1.1rem .5rem; margin: 0; font-size: .82em; color: var(--_quiet) }
.count.over { color: var(--_danger) }
.send { background: var(--_accent); color: var(--_on-accent); padding: .5rem 1rem; border-radius: var(--_radius); border: 1px solid transparent }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (prefers-reduced-motion: no-preference) {
  .message:not(.own, .again), .pending:not(.again) { animation: appear .14s ease-out }
  @keyframes appear { from { opacity: 0; transform: translateY(3px) } }
}
@media (forced-colors: active) {
  .bubble, .send, .jump, .banner, .notice { border: 1px solid }
}
`;

let sheet: CSSStyleSheet | undefined;

/** One constructed sheet for all rooms of a page: content security policies have no say about it, so none has to be loosened. */
export function styleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  return sheet;
}

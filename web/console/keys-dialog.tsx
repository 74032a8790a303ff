import { Dialog } from '../shared/dialog.js';
import { keysOn, turnKeys } from './shortcuts.js';
import { c } from './words.js';

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const keys: readonly (readonly [string, string])[] = [
    ['J', c('keys.next')],
    ['K', c('keys.previous')],
    ['D', c('decide.dismiss')],
    ['X', `${c('decide.delete_message')} / ${c('decide.discard')}`],
    ['R', `${c('decide.restore')} / ${c('decide.release')}`],
    ['W', c('decide.warn')],
    ['M', c('decide.mute.short')],
    ['B', c('decide.block.short')],
    ['C', c('claim')],
    ['U', c('undo')],
    ['?', c('keys.list')],
  ];
  return (
    <Dialog title={c('keys')} onClose={onClose}>
      <dl class="keys">
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={keysOn.value}
          onChange={({ currentTarget }) => turnKeys(currentTarget.checked)}
        />
        {c('keys.on')}
      </label>
    </Dialog>
  );
}

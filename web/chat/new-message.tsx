import { Dialog } from '../shared/dialog.js';
import { hide } from './dialogs.js';
import { PersonPicker } from './person-picker.js';
import { writeTo } from './search.js';
import { w } from './words.js';

export function NewMessage() {
  return (
    <Dialog title={w('new-message')} onClose={hide}>
      <PersonPicker
        onPick={(person) => {
          hide();
          void writeTo(person);
        }}
      />
    </Dialog>
  );
}

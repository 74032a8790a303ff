import { render } from 'preact';
import { begin } from '../shared/session.js';
import { Toasts } from '../shared/toast.js';
import { Console } from './shell.js';

begin();
render(
  <>
    <Console />
    <Toasts />
  </>,
  document.getElementById('app')!,
);

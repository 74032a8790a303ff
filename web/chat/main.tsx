import { render } from 'preact';
import { begin } from '../shared/session.js';
import { App } from './app.js';

begin();
render(<App />, document.getElementById('app')!);

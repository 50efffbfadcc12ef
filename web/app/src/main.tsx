import { render } from 'preact';
import { begin } from './api.js';
import { App } from './shell/app.js';
import { dress, learnBranding } from './shell/branding.js';
import { keepForOffline } from './shell/offline.js';
import { speak } from './text/index.js';
import './style/base.css';
import './style/kit.css';
import './style/shell.css';

dress();
await speak();
const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');
void learnBranding();
await begin();
render(<App />, root);
keepForOffline();

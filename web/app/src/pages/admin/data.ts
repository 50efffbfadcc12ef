// What the administrator's pages have in common.
import '../../style/admin.css';

export { api } from '../../api.js';

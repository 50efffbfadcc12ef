// A file that is handed in, as it stands on this device, and where it is kept. Types alone.

/** kept: on this device. uploading: handed in, its bytes go. uploaded: the server has them. bound: they are the submission's. refused: for good. */
export type FileState = 'kept' | 'uploading' | 'uploaded' | 'bound' | 'refused';

export interface KeptFile {
  key: string; // `entry`/`position`
  entry: string; // key of the outbox's entry
  position: number;
  user_id: string;
  name: string;
  size: number;
  media_type: string;
  sha256?: string;
  state: FileState;
  /** Path of its upload, and how many bytes of it the server had when it was last asked. */
  url?: string;
  received: number;
  attempts: number;
  /** Not before this, by the device's clock, as it was set at `set_at`. */
  next_at: number;
  set_at?: number;
  /** What the server says: awaiting, missing, arrived, not_scanned, clean, infected. */
  told?: string;
  /** Bytes that come then or later are late. */
  upload_until?: string;
  late?: boolean;
  reason?: string;
  detail?: string;
}
/** `sent`: bytes that are there or on their way. */
export type FileView = KeptFile & { sent: number };

export interface FileStore {
  all(): Promise<KeptFile[]>;
  put(file: KeptFile): Promise<void>;
  remove(key: string): Promise<void>;
  keep(key: string, bytes: Blob): Promise<void>;
  bytes(key: string): Promise<Blob | undefined>;
  kept(): Promise<string[]>;
  drop(key: string): Promise<void>;
  /** Free bytes, as far as the browser says. */
  room(): Promise<number | undefined>;
  /** Asks the browser not to clear it when it needs room. */
  persist(): Promise<void>;
  /** To the other tabs. */
  /** false: `exclusively` holds in this tab alone. */
  readonly overTabs: boolean;
  say(key: string, sent: number): void;
  onChange(seen: (progress?: { key: string; sent: number }) => void): () => void;
  exclusively<T>(what: 'keeping' | 'hashing' | 'uploading', deed: () => Promise<T>): Promise<T>;
}

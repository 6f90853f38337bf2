// The tests see page and worker code in one program; TypeScript's DOM library leaves out what only
// workers have.
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    read(buffer: AllowSharedBufferSource, options?: { at?: number }): number;
    write(buffer: AllowSharedBufferSource, options?: { at?: number }): number;
    truncate(size: number): void;
    getSize(): number;
    flush(): void;
    close(): void;
  }>;
}

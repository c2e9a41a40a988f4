const FIRST_BYTES = 64;
/** Shorter strings are written character by character, which is faster than a call of the encoder. */
const SHORT_STRING = 32;
const FIRST_BEYOND_ASCII = 0x80;

/** A growing buffer of little-endian values. */
export class GrowingBytes {
  public length = 0;
  private buffer = Buffer.alloc(FIRST_BYTES);
  private view = viewOf(this.buffer);

  /** The bytes appended since the last `clear`. Valid until the next append. */
  public get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  public clear(): void {
    this.length = 0;
  }

  public appendByte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  public appendInt32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.length, value, true);
    this.length += 4;
  }

  public appendInt64(value: bigint): void {
    this.reserve(8);
    this.view.setBigInt64(this.length, value, true);
    this.length += 8;
  }

  public appendFloat(value: number): void {
    this.reserve(4);
    this.view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  public appendDouble(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  public appendBytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** Appends a string as UTF-8, after its length in 32 bits. @returns the length in bytes */
  public appendText(value: string): number {
    this.reserve(4 + value.length * 3);
    const start = this.length + 4;
    let end = start;
    if (value.length < SHORT_STRING) {
      while (end - start < value.length) {
        const unit = value.charCodeAt(end - start);
        if (unit >= FIRST_BEYOND_ASCII) break;
        this.buffer[end++] = unit;
      }
    }
    if (end - start < value.length) end = start + this.buffer.write(value, start, 'utf8');
    this.view.setInt32(this.length, end - start, true);
    this.length = end;
    return end - start;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = Buffer.alloc(Math.max(this.buffer.length * 2, this.length + count));
    grown.set(this.bytes);
    this.buffer = grown;
    this.view = viewOf(grown);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

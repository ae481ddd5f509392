// Microsoft's own JavaScript SDKs, doing what a test asks for: one command as JSON on standard input, one answer as JSON.
'use strict';
const { BlobServiceClient } = require('@azure/storage-blob');
const { TableClient } = require('@azure/data-tables');

const { connectionString, container, table, command, arguments: given } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const blobs = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);
const tables = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });

const commands = {
  async 'write-blobs'({ contents }) {
    await blobs.createIfNotExists();
    for (const [name, text] of Object.entries(contents)) {
      const blob = blobs.getBlockBlobClient(name);
      if (text.length > 1000) await blob.uploadStream(require('stream').Readable.from([Buffer.from(text)]), 1000, 2);
      else await blob.upload(text, Buffer.byteLength(text));
    }
  },
  async 'read-blobs'() {
    const found = {};
    for await (const blob of blobs.listBlobsFlat()) found[blob.name] = (await blobs.getBlobClient(blob.name).downloadToBuffer()).toString();
    return found;
  },
  async 'write-entities'({ entities }) {
    await tables.createTable();
    for (const entity of entities) await tables.createEntity(entity);
  },
  async 'read-entities'() {
    const found = [];
    for await (const entity of tables.listEntities()) found.push(entity);
    return found;
  },
  async 'replace-if-match'({ name, text, etag }) {
    try {
      const answer = await blobs.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), { conditions: { ifMatch: `"${etag}"` } });
      return { etag: answer.etag };
    } catch (error) {
      return { status: error.statusCode };
    }
  },
};

commands[command](given).then((answer) => console.log(JSON.stringify(answer ?? null)), (error) => {
  console.error(error);
  process.exit(1);
});

// Uploads a file with Microsoft's own SDK: node upload-blob.cjs <connection string> <container> <blob> <file>
const { BlobServiceClient } = require('@azure/storage-blob');

(async () => {
  const [connection, container, blob, file] = process.argv.slice(2);
  const target = BlobServiceClient.fromConnectionString(connection).getContainerClient(container);
  await target.createIfNotExists();
  await target.getBlockBlobClient(blob).uploadFile(file);
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});

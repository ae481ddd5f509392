namespace MlOps.Data.Ingest.Images;

/// <summary>A picture cannot be read; the message ends a sentence about it.</summary>
internal sealed class BrokenImageException(string reason, Exception? inner = null) : Exception(reason, inner);

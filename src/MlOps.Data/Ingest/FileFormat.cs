namespace MlOps.Data.Ingest;

/// <summary>How a file's rows are written.</summary>
internal enum FileFormat
{
    /// <summary>Delimited text with a header.</summary>
    Csv,

    /// <summary>One JSON array of objects.</summary>
    Json,

    /// <summary>JSON objects, one a line.</summary>
    JsonLines,

    /// <summary>Apache Parquet.</summary>
    Parquet,
}

namespace MlOps.Data.Ingest;

/// <summary>How a file's rows are written.</summary>
internal enum FileFormat
{
    /// <summary>Delimited text.</summary>
    Csv,

    /// <summary>One JSON array of objects.</summary>
    Json,

    /// <summary>JSON objects, one a line.</summary>
    JsonLines,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>A picture; all pictures of a drop are one table, a row each.</summary>
    Image,
}

namespace MlOps.Core.Datasets;

/// <summary>A file that arrived.</summary>
/// <param name="Path">Where it lies on this machine.</param>
/// <param name="Name">What people call it; any text: <c>flights-2001-01.parquet</c>.</param>
public sealed record SourceFile(string Path, string Name);

/// <summary>A file that became part of a dataset version.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Sha256">SHA-256 of its bytes as they arrived, 64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Its length as it arrived.</param>
/// <param name="Rows">Rows that could be read.</param>
/// <param name="Format">The format found in its content: <c>csv</c>, <c>json</c>, <c>jsonLines</c>, <c>parquet</c>; <c>image</c>: all pictures of a drop together.</param>
public sealed record IngestedFile(string Name, string Sha256, long Bytes, long Rows, string Format);

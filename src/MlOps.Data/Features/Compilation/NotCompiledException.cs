namespace MlOps.Data.Features.Compilation;

/// <summary>An expression holds something that is not compiled: DuckDB computes it.</summary>
/// <param name="what">What, as a person would name it.</param>
internal sealed class NotCompiledException(string what) : Exception(what);

/// <summary>A row has a value on which a compiled expression may differ from DuckDB: DuckDB computes the batch, or says what is wrong.</summary>
internal sealed class EngineNeededException() : Exception("This row is for the engine.");

namespace MlOps.Pipelines.Datasets;

/// <summary>A run has nothing to train on.</summary>
public sealed class NoDataException(string pipeline) : Exception(
    $"There is no usable data for '{pipeline}' yet. Drop a file into incoming/{pipeline}/, or give one with 'mlops run {pipeline} --data FILE'.");

namespace MlOps.Inference.Training;

/// <summary>What a trainer left is not what the training contract asks for. The trial failed, whatever its exit code.</summary>
/// <example>metrics.json: holds no 'auc', the search's metric; it holds accuracy. Measure it on the validation part.</example>
public sealed class TrialOutputException(string file, string problem, Exception? cause = null) : Exception($"{file}: {problem}", cause)
{
    /// <summary>The file at fault.</summary>
    public string File { get; } = file;
}

namespace MlOps.Inference;

/// <summary>A file is not a model that can be used.</summary>
public sealed class OnnxModelException(string name, string problem, Exception? cause = null) : Exception($"{name}: {problem}", cause)
{
    /// <summary>The file, as the caller named it.</summary>
    public string Name { get; } = name;
}

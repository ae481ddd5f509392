namespace MlOps.Serving.OpenInference;

/// <summary>An inference request does not keep the protocol.</summary>
internal sealed class InferException(string problem, int status = 400) : Exception(problem)
{
    public int Status { get; } = status;
}

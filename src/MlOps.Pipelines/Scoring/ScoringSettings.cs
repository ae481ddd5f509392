using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Scoring;

/// <summary>How the files of an endpoint are scored, as the pipeline that releases to it says now.</summary>
internal sealed class ScoringSettings(PipelineCatalog pipelines)
{
    /// <summary>The settings of an endpoint. Where no pipeline releases to it, or its file cannot be read: the defaults, which delete nothing.</summary>
    public ScoringSpec Of(string endpoint) => pipelines.Names().Select(TryRead).FirstOrDefault(p => p?.Release.Endpoint == endpoint)?.Scoring ?? new();

    private PipelineSpec? TryRead(string pipeline)
    {
        try
        {
            return pipelines.TryRead(pipeline)?.Spec;
        }
        catch (PipelineSpecException)
        {
            // Whoever runs the pipeline is told.
            return null;
        }
    }
}

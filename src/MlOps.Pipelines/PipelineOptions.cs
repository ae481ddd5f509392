using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlOps.Data.Ingest;

namespace MlOps.Pipelines;

/// <summary>Where pipelines find what they need on this machine.</summary>
public sealed record PipelineOptions
{
    /// <summary>Folder with one sub-folder a pipeline, each with a <c>pipeline.yaml</c>.</summary>
    [Required] public string WorkflowsFolder { get; set; } = "workflows";

    /// <summary>Folder for unfinished work; on the same file system as local blobs, so that publishing is a rename.</summary>
    [Required] public string WorkFolder { get; set; } = "work";

    /// <summary>Folder that example sources are relative to: npm's.</summary>
    [Required] public string ExamplesFolder { get; set; } = "node_modules";

    /// <summary>The training program: <c>mlops-trainer.dll</c>.</summary>
    [Required] public string TrainerPath { get; set; } = "mlops-trainer.dll";

    /// <summary>What one drop of files may cost.</summary>
    [ValidateObjectMembers] public IngestLimits Ingest { get; set; } = new();

    /// <summary>How often the incoming folders are looked into, where nothing tells of arrivals. Default: 250 ms.</summary>
    public TimeSpan ScanInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a folder must be quiet before the files in it become a run. Default: 1 second.</summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long files that were announced together are waited for. Default: 1 minute.</summary>
    public TimeSpan AnnouncementPatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a release waits for the endpoint to answer with the new version. Default: 30 seconds.</summary>
    public TimeSpan VerifyPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Records of a file that one step of a scoring job takes. Default: 122,880.</summary>
    [Range(1, 10_000_000)] public int ScoringChunkRows { get; set; } = 122_880;

    /// <summary>How often a wish to train again looks whether the pipeline's run has ended. Default: 10 seconds.</summary>
    public TimeSpan RetrainingPoll { get; set; } = TimeSpan.FromSeconds(10);
}

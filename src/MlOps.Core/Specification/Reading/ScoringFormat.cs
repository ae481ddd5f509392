using MlOps.Core.Specification.Reading.Shapes;
using OutputFormat = MlOps.Core.Scoring.ScoringFormat;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>scoring</c>: how whole files are scored.</summary>
internal static class ScoringFormat
{
    /// <summary>The section.</summary>
    public static ObjectShape Scoring { get; } = new(null,
        new("output", new WordShape(
            new("csv", OutputFormat.Csv, "Comma-separated text with a header."),
            new("parquet", OutputFormat.Parquet, "Apache Parquet.")), "What outputs are written as where the request does not say. Default: csv for files of delimited text, parquet for others."),
        new("chunkRows", new NumberShape { Whole = true, Min = 1, Max = 10_000_000 }, "Records of a file that one step takes. Default: 122,880, or what the host is configured with."),
        new("keep", new DurationShape(), "How long a job's files are kept after its end: what was sent or dropped, the output, the rows set apart. Default: for ever."));

    /// <summary>Reads the section.</summary>
    public static ScoringSpec Read(Fields? fields) => fields is null ? new() : new()
    {
        Output = fields.FindValue<OutputFormat>("output"),
        ChunkRows = (int?)fields.FindValue<long>("chunkRows"),
        Keep = fields.FindValue<TimeSpan>("keep"),
    };
}

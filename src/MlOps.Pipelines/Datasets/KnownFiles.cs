using MlOps.Core.Datasets;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Datasets;

/// <summary>
/// The files whose rows a training set has already. Only where a training set spans several versions (<c>data.window</c>), and only
/// those of versions that may be trained on and were read by the same declarations: what was rejected, set aside or read otherwise
/// may be dropped again.
/// </summary>
internal sealed class KnownFiles
{
    private readonly IReadOnlyList<DatasetRecord> _versions;

    private KnownFiles(IReadOnlyList<DatasetRecord> versions) => _versions = versions;

    /// <summary>Finds them.</summary>
    /// <param name="versions">The versions of the dataset, newest first.</param>
    /// <param name="spec">How files are read now.</param>
    public static KnownFiles Of(IReadOnlyList<DatasetRecord> versions, DataSpec spec) =>
        new(spec.Window is null ? [] : [.. versions.Where(v => v.IsUsable && v.Reading == ReadingFingerprint.Of(spec))]);

    /// <summary>Whether a file's rows are in the data.</summary>
    /// <param name="sha256">Hash of its bytes.</param>
    public bool Contains(string sha256) => _versions.Any(v => Holds(v, sha256));

    /// <summary>The newest version that holds the most of some files; of a file dropped again, the version that it became.</summary>
    public DatasetRecord HolderOf(IReadOnlyCollection<string> hashes) => _versions.MaxBy(v => hashes.Count(h => Holds(v, h)))!;

    private static bool Holds(DatasetRecord version, string sha256) => version.Sources.Any(s => s.Rows > 0 && s.Sha256 == sha256);
}

using System.Collections.Concurrent;
using System.Text;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Runs;

/// <summary>The specification that a run goes by: <c>pipeline.yaml</c> as it was when the run was accepted, whatever it says now.</summary>
internal sealed class RunSpecs(IBlobStore blobs)
{
    private readonly ConcurrentDictionary<string, PipelineSpec> _read = new(StringComparer.Ordinal);

    public async Task<PipelineSpec> ReadAsync(string runId, CancellationToken cancellationToken)
    {
        if (_read.TryGetValue(runId, out var known)) return known;
        var name = NameOf(runId);
        var content = await blobs.TryReadAsync(name, cancellationToken) ?? throw new BlobNotFoundException(name);
        return _read.GetOrAdd(runId, PipelineSpecReader.Read(Encoding.UTF8.GetString(content.Content.Span), name));
    }

    public Task SaveAsync(string runId, string text, CancellationToken cancellationToken) =>
        blobs.TryWriteAsync(NameOf(runId), Encoding.UTF8.GetBytes(text), WriteCondition.IfAbsent, cancellationToken);

    /// <summary>Blob that holds the file.</summary>
    public static string NameOf(string runId) => $"runs/{runId}/pipeline.yaml";
}

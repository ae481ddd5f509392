using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using MlOps.Pipelines;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Functions.Api;

/// <summary>A file that was taken in.</summary>
/// <param name="Blob">Where it is now.</param>
/// <param name="Bytes">Its length.</param>
public sealed record ReceivedFile(string Blob, long Bytes);

/// <summary>Files for the incoming folders, over HTTP: for whoever does not share a file system with the host.</summary>
internal static class IncomingApi
{
    private const long MostBytes = 16L << 30;

    public static void MapIncoming(this IEndpointRouteBuilder routes) =>
        routes.MapPut("/api/pipelines/{name}/incoming/{file}", ReceiveAsync).WithTags("Pipelines").WithMetadata(new RequestSizeLimitAttribute(MostBytes))
            .WithSummary("Put a file into the pipeline's incoming folder: the body is the file, it is there completely or not at all");

    private static async Task<Created<ReceivedFile>> ReceiveAsync(
        string name,
        string file,
        PipelineCatalog catalog,
        IBlobStore blobs,
        IOptions<PipelineOptions> options,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (catalog.TryRead(name) is not { } pipeline)
            throw ApiException.NotFound($"pipeline '{name}'", $"Those there are: {string.Join(", ", catalog.Names())}.");
        IncomingFileName.Check(file);
        var blob = pipeline.Spec.Triggers.Blob + file;
        if (await blobs.TryGetInfoAsync(blob, cancellationToken) is not null)
            throw ApiException.Conflict("file-waiting", $"'{blob}' is there already, and no run has taken it yet. Wait until one has, or give the new file another name.");

        var work = Directory.CreateDirectory(Path.Combine(options.Value.WorkFolder, Path.GetRandomFileName()));
        try
        {
            var received = Path.Combine(work.FullName, "received");
            await using (var target = File.Create(received)) await context.Request.Body.CopyToAsync(target, cancellationToken);
            var bytes = new FileInfo(received).Length;
            await blobs.UploadAsync(received, blob, cancellationToken);
            return TypedResults.Created($"/api/runs?pipeline={name}", new ReceivedFile(blob, bytes));
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}

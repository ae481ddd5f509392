using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace MlOps.Serving.Prediction;

/// <summary>Reads the whole body of a request; the server's limit of its size is in force.</summary>
internal static class RequestBody
{
    /// <exception cref="PredictionException">It is too large, or ends early.</exception>
    public static async ValueTask<byte[]> ReadAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(context.RequestAborted);
                if (!read.IsCompleted)
                {
                    reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }
        }
        catch (BadHttpRequestException error)
        {
            throw new PredictionException(error.StatusCode, error.StatusCode is StatusCodes.Status413PayloadTooLarge ? "too-large" : "bad-request",
                "The request cannot be read", error.Message, error);
        }
    }

    /// <exception cref="PredictionException">The body is said to be something else.</exception>
    public static void MustBeJson(HttpContext context)
    {
        if (context.Request.HasJsonContentType()) return;
        throw new PredictionException(
            StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The body is of another type",
            $"The body is said to be '{context.Request.ContentType}'; send JSON, with Content-Type: application/json.");
    }
}

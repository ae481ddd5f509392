using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;
using MlOps.DurableTask.Functions.Client;

namespace MlOps.DurableTask.Functions.Invocations;

/// <summary>
/// <c>POST /{function}</c>: an invocation by the host. An answer other than 2xx fails the invocation; its text is for the reader of the
/// host's log and of this process's.
/// </summary>
internal sealed partial class InvocationEndpoint(FunctionTable functions, ExtensionAddress extension, ILogger<InvocationEndpoint> logger)
{
    private const string InvocationIdHeader = "X-Azure-Functions-InvocationId";

    // Written as they are named: the host's reader knows these names.
    private static readonly JsonSerializerOptions s_asNamed = new(JsonSerializerDefaults.General);

    public async Task<Results<JsonHttpResult<InvocationResponse>, ProblemHttpResult>> AnswerAsync(string function, HttpContext http, CancellationToken cancellationToken)
    {
        var id = http.Request.Headers[InvocationIdHeader].ToString();
        var (handler, exists) = functions.Find(function);
        if (handler is null)
            return Refuse(function, id, 404, "unknown-function", exists
                ? $"'{function}' is reached by its route: set customHandler.enableProxyingHttpRequest in host.json."
                : $"There is no function '{function}' here. The function.json files are of another version of the application: publish both together.");
        try
        {
            var request = await InvocationRequest.ReadAsync(function, id, http.Request.Body, cancellationToken);
            if (request.TryObject(FunctionBindings.DurableClientInput) is { } client) extension.Learn(client);
            return TypedResults.Json(await handler(request, cancellationToken), s_asNamed);
        }
        catch (MalformedInvocationException malformed)
        {
            return Refuse(function, id, 400, "malformed-invocation", malformed.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        // The host can do nothing with the details; the log is where they are looked for.
        catch (Exception error)
        {
            LogFailed(function, id, error);
            return Problem(500, "internal", $"Function '{function}' failed; the application's log has the details of invocation {id}.");
        }
    }

    private ProblemHttpResult Refuse(string function, string invocation, int status, string type, string detail)
    {
        LogRefused(function, invocation, detail);
        return Problem(status, type, detail);
    }

    private static ProblemHttpResult Problem(int status, string type, string detail) =>
        TypedResults.Problem(detail, statusCode: status, type: $"urn:mlops:{type}", title: "The invocation failed");

    [LoggerMessage(3401, LogLevel.Error, "Function {Function}, invocation {InvocationId}: refused. {Problem}")]
    private partial void LogRefused(string function, string invocationId, string problem);

    [LoggerMessage(3402, LogLevel.Error, "Function {Function}, invocation {InvocationId}: failed")]
    private partial void LogFailed(string function, string invocationId, Exception error);
}

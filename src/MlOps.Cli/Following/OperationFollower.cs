using System.Text.Json;
using MlOps.Cli.Connection;
using MlOps.Core.Datasets;
using MlOps.Core.Json;

namespace MlOps.Cli.Following;

/// <summary>Begins an operation, waits for its end, and stops it when the person stops waiting.</summary>
internal static class OperationFollower
{
    /// <summary>The result.</summary>
    /// <exception cref="CommandException">The operation failed or was cancelled.</exception>
    public static async Task<T> RunAsync<T>(ControlPlane plane, string path, object body, CancellationToken cancellationToken)
    {
        var operation = await plane.PostAsync<DatasetOperation>(path, body, cancellationToken);
        try
        {
            operation = await plane.PollAsync<DatasetOperation>($"api/operations/{operation.Id}", o => o.Status is not DatasetOperationStatus.Running, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await plane.DeleteAsync<DatasetOperation>($"api/operations/{operation.Id}", CancellationToken.None);
            throw;
        }

        return operation.Status is DatasetOperationStatus.Done
            ? operation.Result!.Value.Deserialize<T>(MlOpsJson.Compact)!
            : throw new CommandException(ExitCodes.JobFailed, operation.Problem ?? "It was cancelled.");
    }
}

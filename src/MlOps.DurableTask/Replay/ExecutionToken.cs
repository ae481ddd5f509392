using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Replay;

/// <summary>
/// Tells the executions of one instance apart in ids derived from it. After continue-as-new sequence numbers start at 0 again, and what
/// is named after them (sub-orchestrations, idempotency keys) must not meet the previous execution's.
/// </summary>
public static class ExecutionToken
{
    /// <summary>Eight lower-case hexadecimal digits, the same at every replay of the execution.</summary>
    public static string Of(HistoryEvent executionStarted)
    {
        var execution = executionStarted.ExecutionStarted.OrchestrationInstance?.ExecutionId is { Length: > 0 } id
            ? id
            : executionStarted.Timestamp.ToDateTimeOffset().Ticks.ToString(CultureInfo.InvariantCulture);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(execution), hash);
        return Convert.ToHexStringLower(hash[..4]);
    }

    /// <summary>Names one call of one execution: what an activity hands on as its idempotency key.</summary>
    public static string IdempotencyKey(string instanceId, string token, int taskId) => $"{instanceId}:{token}:{taskId}";
}

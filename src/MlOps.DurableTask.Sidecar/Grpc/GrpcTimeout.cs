using System.Globalization;

namespace MlOps.DurableTask.Sidecar.Grpc;

/// <summary>The header <c>grpc-timeout</c>: one to eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    /// <summary>Deadlines further away than this are none: timers do not reach so far.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(40);

    /// <summary>How long the caller waits; <see langword="null"/> when it sets no limit.</summary>
    /// <exception cref="GrpcException">The header is not well-formed.</exception>
    public static TimeSpan? Parse(string? header)
    {
        if (string.IsNullOrEmpty(header))
            return null;
        if (header.Length is < 2 or > 9 || !long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            throw Malformed(header);
        var ticks = header[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            // A tick is 100 ns; less than one is due now.
            'n' => 0,
            _ => throw Malformed(header),
        };
        var timeout = header[^1] == 'n' ? new TimeSpan(amount / 100) : new TimeSpan(amount * ticks);
        return timeout > s_longest ? null : timeout;
    }

    private static GrpcException Malformed(string header) => new(
        GrpcStatus.InvalidArgument, $"grpc-timeout is '{header}': expected 1 to 8 digits and one of H, M, S, m, u, n.");
}

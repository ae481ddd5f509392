using System.Text.Json;

namespace MlOps.DurableTask.Functions.Client;

/// <summary>
/// Where the Durable Task extension listens on this machine. Until an invocation with a <c>durableClient</c> binding has told, it is the
/// extension's first choice, which is right wherever one host has the machine or container to itself.
/// </summary>
public sealed class ExtensionAddress
{
    /// <summary>The port that the extension tries first.</summary>
    public const int DefaultPort = 4001;

    private volatile Known _current;

    /// <param name="rpcAddress">Where it listens; <see langword="null"/>: port 4001 on this machine.</param>
    /// <exception cref="ArgumentException">The address is not one of this machine.</exception>
    public ExtensionAddress(Uri? rpcAddress = null) =>
        _current = new(RequireLocal(rpcAddress ?? new($"http://localhost:{DefaultPort}")), null, null);

    internal Known Current => _current;

    /// <summary>Takes what a <c>durableClient</c> binding says.</summary>
    /// <exception cref="MalformedInvocationException">It names no address of this machine.</exception>
    internal void Learn(JsonElement binding)
    {
        var text = TextOf(binding, "rpcBaseUrl");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || !IsLocal(address))
            throw new MalformedInvocationException($"'Data.{FunctionBindings.DurableClientInput}.rpcBaseUrl' is '{text}': expected http:// and an address of this machine.");
        _current = new(address, TextOf(binding, "taskHubName"), TextOf(binding, "connectionName"));
    }

    private static string? TextOf(JsonElement binding, string name) =>
        binding.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    // Commands to orchestrations travel unencrypted and without a key: to this machine, and nowhere else.
    private static bool IsLocal(Uri address) => address.Scheme is "http" && address.IsLoopback;

    private static Uri RequireLocal(Uri address) => IsLocal(address)
        ? address
        : throw new ArgumentException($"'{address}' is no http:// address of this machine. The Durable Task extension listens at http://localhost:{DefaultPort}.", nameof(address));

    /// <summary>Where to send calls, and to which task hub on which connection; <see langword="null"/>: the host's own.</summary>
    internal sealed record Known(Uri Rpc, string? TaskHub, string? Connection);
}

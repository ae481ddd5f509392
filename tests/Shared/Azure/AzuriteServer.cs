using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MlOps.Testing.Azure;

/// <summary>Azure Storage's emulator (npm <c>azurite</c>) as a child process on free ports, with nothing on the disk.</summary>
internal sealed partial class AzuriteServer : IAsyncDisposable
{
    public const string Account = "devstoreaccount1";

    /// <summary>The emulator's well-known key; it stands in its documentation.</summary>
    public const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan s_startPatience = TimeSpan.FromMinutes(2);
    private static readonly Lazy<Task<AzuriteServer>> s_oneOfThisProcess = new(() => StartAsync());

    private readonly Process _process;

    private AzuriteServer(Process process, Uri blobs, Uri tables) => (_process, BlobEndpoint, TableEndpoint) = (process, blobs, tables);

    /// <summary>The blob service, with the account in its path.</summary>
    public Uri BlobEndpoint { get; }

    /// <summary>The table service, with the account in its path.</summary>
    public Uri TableEndpoint { get; }

    /// <summary>Where it is, with the key.</summary>
    public string ConnectionString => ConnectionStringFor(BlobEndpoint, TableEndpoint);

    /// <summary>The repository that these tests belong to.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>One for all tests of this process; it ends with the process. Tests keep apart by containers and table prefixes of their own.</summary>
    public static Task<AzuriteServer> SharedAsync() => s_oneOfThisProcess.Value;

    public static string ConnectionStringFor(Uri blobs, Uri tables) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={blobs.AbsoluteUri.TrimEnd('/')};TableEndpoint={tables.AbsoluteUri.TrimEnd('/')}";

    /// <summary>Starts one.</summary>
    /// <param name="options">More options of azurite.</param>
    public static async Task<AzuriteServer> StartAsync(params string[] options)
    {
        var root = Repository;
        var start = new ProcessStartInfo("node")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        string[] arguments =
        [
            "--require", Path.Combine(root, "tests", "Shared", "Azure", "azurite-guard.cjs"),
            Path.Combine(root, "node_modules", "azurite", "dist", "src", "azurite.js"),
            "--blobPort", "0", "--queuePort", "0", "--tablePort", "0",
            "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent", .. options,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        try
        {
            using var patience = new CancellationTokenSource(s_startPatience);
            var (blobs, tables) = await ReadAddressesAsync(process, patience.Token);
            // Read on, so that it never waits for a full pipe.
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return new AzuriteServer(process, new Uri($"{blobs}/{Account}"), new Uri($"{tables}/{Account}"));
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<(string Blobs, string Tables)> ReadAddressesAsync(Process process, CancellationToken cancellationToken)
    {
        var (said, addresses) = (new List<string>(), new Dictionary<string, string>(StringComparer.Ordinal));
        while (addresses.Count < 3)
        {
            if (await process.StandardOutput.ReadLineAsync(cancellationToken) is not { } line)
                throw new InvalidOperationException($"azurite did not start: {string.Join('\n', said)}\n{await process.StandardError.ReadToEndAsync(cancellationToken)}");
            said.Add(line);
            if (Listening().Match(line) is { Success: true } match) addresses[match.Groups["service"].Value] = match.Groups["address"].Value;
        }
        return (addresses["Blob"], addresses["Table"]);
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MlOps.Functions.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No repository above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"^Azurite (?<service>\w+) service is successfully listening at (?<address>\S+?)/?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}

using System.Text.RegularExpressions;
using MlOps.Storage.Azure.Connection;

namespace MlOps.Storage.Azure;

/// <summary>What <see cref="AzureStorageOptions"/> may say.</summary>
internal static partial class AzureStorageRules
{
    /// <summary>Most characters of a table prefix: what the longest of our own tables' names leaves of Azure's 63, and more.</summary>
    private const int MostPrefixCharacters = 30;

    /// <summary>Every problem, with the setting's name.</summary>
    public static IReadOnlyList<string> FindProblems(AzureStorageOptions options)
    {
        var problems = new List<string>();
        CheckAccount(options, problems);
        if (!ContainerName().IsMatch(options.Container) || options.Container.Contains("--", StringComparison.Ordinal))
            problems.Add($"Storage:Container is '{options.Container}': a container's name has 3 to 63 lower-case letters, digits and single dashes, and begins and ends with a letter or digit.");
        if (!TablePrefix().IsMatch(options.TablePrefix))
            problems.Add($"Storage:TablePrefix is '{options.TablePrefix}': expected 1 to {MostPrefixCharacters} lower-case letters and digits, beginning with a letter.");
        if (options.CacheBytes < 0) problems.Add($"Storage:CacheBytes is {options.CacheBytes}: expected 0 or more.");
        if (options.MaxRetries is < 0 or > 20) problems.Add($"Storage:MaxRetries is {options.MaxRetries}: expected 0 to 20.");
        if (options.RetryDelay <= TimeSpan.Zero) problems.Add($"Storage:RetryDelay is {options.RetryDelay}: expected more than 0, such as 00:00:00.5.");
        if (options.NetworkTimeout <= TimeSpan.Zero) problems.Add($"Storage:NetworkTimeout is {options.NetworkTimeout}: expected more than 0, such as 00:01:40.");
        return problems;
    }

    private static void CheckAccount(AzureStorageOptions options, List<string> problems)
    {
        switch (options)
        {
            case { ConnectionString.Length: > 0, Account.Length: > 0 }:
                problems.Add("Storage:ConnectionString and Storage:Account are both set: keep the first for a key, the second for an identity.");
                break;
            case { ConnectionString: { Length: > 0 } text }:
                problems.AddRange(StorageConnectionString.FindProblems(text));
                foreach (var (name, value) in new[] { ("ClientId", options.ClientId), ("BlobServiceUri", options.BlobServiceUri), ("TableServiceUri", options.TableServiceUri) })
                    if (value is { Length: > 0 }) problems.Add($"Storage:{name} is set, but the connection string says who asks, and where: remove it, or use Storage:Account.");
                break;
            case { Account: { Length: > 0 } account }:
                if (!AccountName().IsMatch(account)) problems.Add($"Storage:Account is '{account}': expected 3 to 24 lower-case letters and digits.");
                CheckEndpoint("BlobServiceUri", options.BlobServiceUri, problems);
                CheckEndpoint("TableServiceUri", options.TableServiceUri, problems);
                break;
            default:
                problems.Add("Storage:Account is missing: set it to the storage account's name (the process then proves itself by its identity), or Storage:ConnectionString.");
                break;
        }
    }

    private static void CheckEndpoint(string name, string? value, List<string> problems)
    {
        if (value is not { Length: > 0 }) return;
        // A token sent in the clear is anybody's.
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps)
            problems.Add($"Storage:{name} is '{value}': expected an address that begins with https://, since tokens are sent to it.");
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ContainerName();

    [GeneratedRegex(@"^[a-z][a-z0-9]{0,29}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TablePrefix();

    [GeneratedRegex(@"^[a-z0-9]{3,24}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AccountName();
}

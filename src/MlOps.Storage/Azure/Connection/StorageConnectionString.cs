using System.Net;

namespace MlOps.Storage.Azure.Connection;

/// <summary>Azure's text form of an account and its key: <c>AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net</c>.</summary>
internal static class StorageConnectionString
{
    /// <summary>The emulator's account; its key is no secret, it stands in the emulator's documentation.</summary>
    private const string Development =
        "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
        + "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1";

    /// <summary>What is wrong with a text; never quotes it, since it holds a secret.</summary>
    public static IReadOnlyList<string> FindProblems(string text)
    {
        var (_, problems) = Read(text);
        return problems;
    }

    /// <exception cref="StorageSettingsException">The text is none.</exception>
    public static StorageAccount Parse(string text)
    {
        var (account, problems) = Read(text);
        return problems.Count is 0 ? account! : throw new StorageSettingsException(problems);
    }

    private static (StorageAccount? Account, IReadOnlyList<string> Problems) Read(string text)
    {
        var problems = new List<string>();
        var parts = Split(text, problems);
        if (parts.TryGetValue("UseDevelopmentStorage", out var development) && development.Equals("true", StringComparison.OrdinalIgnoreCase))
            parts = Split(Development, problems);

        var credential = CredentialOf(parts, problems);
        var name = parts.GetValueOrDefault("AccountName") ?? "";
        var (blob, table) = (EndpointOf("Blob", name, parts, problems), EndpointOf("Table", name, parts, problems));
        return problems.Count is 0 ? (new StorageAccount(name, blob!, table!, credential!), problems) : (null, problems);
    }

    private static Dictionary<string, string> Split(string text, List<string> problems)
    {
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.IndexOf('=', StringComparison.Ordinal) is var at and > 0) parts[part[..at]] = part[(at + 1)..];
            else problems.Add("Storage:ConnectionString is no list of name=value parted by semicolons; copy it whole from the account's access keys.");
        }
        return parts;
    }

    private static StorageCredential? CredentialOf(Dictionary<string, string> parts, List<string> problems)
    {
        if (parts.TryGetValue("SharedAccessSignature", out var signature)) return new StorageCredential.Signature(signature.TrimStart('?'));
        if (!parts.TryGetValue("AccountKey", out var key))
        {
            problems.Add("Storage:ConnectionString has neither AccountKey nor SharedAccessSignature.");
            return null;
        }
        if (!parts.ContainsKey("AccountName")) problems.Add("Storage:ConnectionString has an AccountKey but no AccountName.");
        try
        {
            return new StorageCredential.SharedKey(Convert.FromBase64String(key));
        }
        catch (FormatException)
        {
            problems.Add("Storage:ConnectionString has an AccountKey that is no base64; copy it whole.");
            return null;
        }
    }

    private static Uri? EndpointOf(string service, string account, Dictionary<string, string> parts, List<string> problems)
    {
        var setting = $"{service}Endpoint";
        if (!parts.TryGetValue(setting, out var text))
        {
            if (account.Length is 0)
            {
                problems.Add($"Storage:ConnectionString has neither AccountName nor {setting}.");
                return null;
            }
            text = $"{parts.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.{(service is "Blob" ? "blob" : "table")}.{parts.GetValueOrDefault("EndpointSuffix", "core.windows.net")}";
        }
        if (Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || IsOwnMachine(uri))) return uri;
        problems.Add($"Storage:ConnectionString leads to '{text}': expected an https:// address; http:// is for the emulator on this machine.");
        return null;
    }

    private static bool IsOwnMachine(Uri uri) =>
        uri.Scheme == Uri.UriSchemeHttp && (uri.IsLoopback || (IPAddress.TryParse(uri.Host, out var address) && IPAddress.IsLoopback(address)));
}

using System.Globalization;

namespace MlOps.Functions.Configuration;

/// <summary>Reads settings, and remembers what is wrong with each instead of stopping at the first.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>A setting's text; <see langword="null"/> when it is missing or empty.</summary>
    /// <param name="name">As the environment has it: <c>Storage__Folder</c>.</param>
    public string? Find(string name) => configuration[name.Replace("__", ":", StringComparison.Ordinal)] is { Length: > 0 } text ? text : null;

    public void Refuse(string problem) => _problems.Add(problem);

    public int Port(string name)
    {
        if (Find(name) is not { } text)
            Refuse($"{name} is missing: it must be the port to listen on, which the Functions host sets.");
        else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
            return port;
        else
            Refuse($"{name} is '{text}': it must be a port, 1 to 65535.");
        return 0;
    }

    /// <summary>One of several words; the first when the setting is missing or wrong, which is noted.</summary>
    public string Choice(string name, string purpose, params IReadOnlyList<string> words)
    {
        var found = Find(name);
        if (found is not null && words.Contains(found, StringComparer.Ordinal)) return found;
        Refuse($"{name} is {(found is null ? "missing" : $"'{found}'")}: {purpose}, one of {string.Join(", ", words.Select(w => $"'{w}'"))}.");
        return words[0];
    }

    /// <summary>A web address; <see langword="null"/> when the setting is missing or wrong, which is noted.</summary>
    public Uri? Address(string name, string purpose, Func<Uri, bool>? condition = null)
    {
        if (Find(name) is not { } text) return null;
        // Addresses that paths are added to end in a slash.
        if (Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && condition?.Invoke(address) is not false)
            return address;
        Refuse($"{name} is '{text}': {purpose}.");
        return null;
    }
}

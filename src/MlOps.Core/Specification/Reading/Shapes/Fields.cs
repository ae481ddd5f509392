namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>The values of one mapping, read and checked one by one; what was wrong or absent is not in it.</summary>
internal sealed class Fields
{
    private readonly IReadOnlyDictionary<string, Item> _values;
    private readonly IReadOnlySet<string> _given;

    public Fields(string path, SourcePosition position, IReadOnlyDictionary<string, Item> values, IReadOnlySet<string> given) =>
        (Path, Position, _values, _given) = (path, position, values, given);

    /// <summary>The keys above, joined by dots; empty at the top.</summary>
    public string Path { get; }

    /// <summary>Where the mapping starts.</summary>
    public SourcePosition Position { get; }

    /// <summary>Whether the file has the key, with a usable value or not.</summary>
    public bool Has(string key) => _given.Contains(key);

    /// <summary>Where the value of a key stands; the mapping's own place when it is absent.</summary>
    public SourcePosition At(string key) => _values.TryGetValue(key, out var item) ? item.Position : Position;

    /// <summary>A value, or <see langword="null"/> when it is absent or was wrong.</summary>
    public T? Find<T>(string key) where T : class => _values.TryGetValue(key, out var item) ? (T)item.Value : null;

    /// <inheritdoc cref="Find{T}(string)"/>
    public T? FindValue<T>(string key) where T : struct => _values.TryGetValue(key, out var item) ? (T)item.Value : null;

    /// <summary>A list, or <see langword="null"/> when it is absent or was wrong.</summary>
    public IReadOnlyList<Item>? FindList(string key) => Find<IReadOnlyList<Item>>(key);

    /// <summary>A list of texts; empty when it is absent or was wrong.</summary>
    public IReadOnlyList<string> Texts(string key) => [.. (FindList(key) ?? []).Select(i => (string)i.Value)];
}

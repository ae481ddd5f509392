namespace MlOps.Functions.Api;

/// <summary>A page of a list.</summary>
/// <param name="Items">Its items.</param>
/// <param name="ContinuationToken">For the next page; absent at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? ContinuationToken);

internal static class Page
{
    private const int Default = 100;
    private const int Largest = 1000;

    /// <summary>The page that follows the item whose key the token is.</summary>
    public static Page<T> Of<T>(IReadOnlyList<T> all, Func<T, string> keyOf, int? take, string? continuationToken)
    {
        if (take is < 1 or > Largest) throw ApiException.Invalid($"'take' is {take}: it must be between 1 and {Largest}.");
        if (continuationToken is not null && !all.Any(i => keyOf(i) == continuationToken))
            throw ApiException.Invalid($"'continuationToken' is '{continuationToken}': no page ended there. Use a token as the page before gave it, with the same filter.");
        var rest = continuationToken is null ? all : [.. all.SkipWhile(i => keyOf(i) != continuationToken).Skip(1)];
        var items = rest.Take(take ?? Default).ToList();
        return new(items, items.Count < rest.Count ? keyOf(items[^1]) : null);
    }
}

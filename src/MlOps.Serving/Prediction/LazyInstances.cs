using System.Collections;
using System.Text.Json;

namespace MlOps.Serving.Prediction;

/// <summary>Rows that are parsed when somebody looks at them: nobody may.</summary>
/// <param name="count">Their number, where it is known already.</param>
/// <param name="parse">Parses them.</param>
internal sealed class LazyInstances(int? count, Func<IReadOnlyList<JsonElement>> parse) : IReadOnlyList<JsonElement>
{
    // Two who look at once parse twice and see the same: a lock would cost every request.
    private IReadOnlyList<JsonElement>? _rows;

    public int Count => count ?? Rows.Count;

    private IReadOnlyList<JsonElement> Rows => _rows ??= parse();

    public JsonElement this[int index] => Rows[index];

    public IEnumerator<JsonElement> GetEnumerator() => Rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

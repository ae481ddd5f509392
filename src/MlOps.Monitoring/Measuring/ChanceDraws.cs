using System.Security.Cryptography;
using System.Text;

namespace MlOps.Monitoring.Measuring;

/// <summary>
/// What chance makes of samples of one model version's reference, as far as it was drawn already. It depends on that reference, the
/// number of rows and the measure alone, none of which a later window changes: kept beside the version, it is drawn once. Not thread-safe.
/// </summary>
public sealed class ChanceDraws
{
    /// <summary>Most draws that are kept; the oldest go first.</summary>
    public const int Most = 500;

    private readonly List<ChanceDraw> _draws;
    private readonly Dictionary<string, IReadOnlyDictionary<string, double>> _known;

    /// <param name="draws">What was drawn before, oldest first.</param>
    public ChanceDraws(params IEnumerable<ChanceDraw> draws)
    {
        _draws = [.. draws];
        _known = _draws.DistinctBy(d => d.Key, StringComparer.Ordinal).ToDictionary(d => d.Key, d => d.Distances, StringComparer.Ordinal);
    }

    /// <summary>All that is known, oldest first.</summary>
    public IReadOnlyList<ChanceDraw> All => _draws;

    /// <summary>Whether something was drawn that was not known before.</summary>
    public bool HasNew { get; private set; }

    /// <summary>The distances of a sample; drawn where they are not known.</summary>
    /// <param name="sample">All that they depend on, within the version: which part of its reference, the rows, the columns, the measure.</param>
    /// <param name="draw">Draws them: by column, finite.</param>
    internal IReadOnlyDictionary<string, double> Get(string sample, Func<IReadOnlyDictionary<string, double>> draw)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sample)).AsSpan(0, 16));
        if (_known.TryGetValue(key, out var distances)) return distances;
        distances = draw();
        if (_draws.Count == Most)
        {
            _known.Remove(_draws[0].Key);
            _draws.RemoveAt(0);
        }

        _draws.Add(new(key, distances));
        _known.Add(key, distances);
        HasNew = true;
        return distances;
    }
}

/// <summary>What chance made of samples of a reference.</summary>
/// <param name="Key">Names the sample: 32 hexadecimal digits over all that it depends on.</param>
/// <param name="Distances">The mean distance by column.</param>
public sealed record ChanceDraw(string Key, IReadOnlyDictionary<string, double> Distances);

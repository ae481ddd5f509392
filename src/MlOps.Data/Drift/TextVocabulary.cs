using System.Globalization;

namespace MlOps.Data.Drift;

/// <summary>The words of a text column in two samples.</summary>
/// <param name="Frequent">How often the words that the reference uses most occur, each, and then all others together.</param>
/// <param name="NewShare">Share of the other sample's words, by occurrence, that the reference never uses.</param>
/// <param name="ExpectedNewShare">The share that another sample of the same source would show.</param>
/// <remarks>
/// Words are runs of letters and digits, without case. What a further sample of the same source has in new words is estimated by Good and
/// Turing: the share of the reference's words that occur once (Good, "The population frequencies of species", 1953).
/// </remarks>
internal sealed record TextVocabulary(CategoryCounts Frequent, double NewShare, double ExpectedNewShare)
{
    /// <summary>Words whose frequencies are compared one by one. Rarer ones say little by themselves.</summary>
    public const int FrequentWords = 100;

    /// <summary>New words beyond what is to be expected, in [0, 1].</summary>
    public double UnexpectedNewShare => Math.Max(0, NewShare - ExpectedNewShare);

    /// <summary>SQL of the number of words of a text.</summary>
    public static string CountOf(string sql) => $"len(regexp_extract_all({sql}, '{Word}'))";

    /// <summary>SQL of the share of a text's characters that are not ASCII.</summary>
    public static string NonAsciiOf(string sql) =>
        $"CASE WHEN strlen({sql}) = length({sql}) THEN 0 ELSE length(regexp_replace({sql}, '[\\x00-\\x7F]', '', 'g')) / CAST(length({sql}) AS DOUBLE) END";

    /// <summary>SQL that counts the words of a text column.</summary>
    /// <param name="sql">SQL of the text.</param>
    /// <param name="view">The rows of both samples, with <c>__current</c>.</param>
    /// <returns>Rows of: occurrences in the reference, in the other sample, there of words new to it, words that occur once in the reference.</returns>
    public static string QueryOf(string sql, string view) => string.Create(CultureInfo.InvariantCulture,
        $"""
        WITH words AS (SELECT unnest(regexp_extract_all(lower({sql}), '{Word}')) AS word, __current FROM {view}),
             counts AS (SELECT word, count(*) FILTER (WHERE NOT __current) AS r, count(*) FILTER (WHERE __current) AS c FROM words GROUP BY word),
             ranked AS (SELECT r, c, least(row_number() OVER (ORDER BY r DESC, word), {FrequentWords + 1}) AS place FROM counts)
        SELECT CAST(sum(r) AS BIGINT), CAST(sum(c) AS BIGINT), CAST(coalesce(sum(c) FILTER (WHERE r = 0), 0) AS BIGINT), count(*) FILTER (WHERE r = 1)
        FROM ranked GROUP BY place ORDER BY place
        """);

    /// <summary>From the rows of <see cref="QueryOf"/>.</summary>
    public static TextVocabulary Of(IReadOnlyList<(long Reference, long Current, long New, long Once)> rows)
    {
        var frequent = new CategoryCounts([.. rows.Select(r => r.Reference)], [.. rows.Select(r => r.Current)]);
        return new(
            frequent,
            (double)rows.Sum(r => r.New) / Math.Max(1, frequent.CurrentCount),
            (double)rows.Sum(r => r.Once) / Math.Max(1, frequent.ReferenceCount));
    }

    private const string Word = @"[\p{L}\p{N}]+";
}

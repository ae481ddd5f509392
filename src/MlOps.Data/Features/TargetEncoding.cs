using System.Globalization;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Features;

/// <summary>
/// Replaces a category by the mean of the label among its examples, drawn towards the overall mean: (s + m·p) / (n + m), with n
/// examples of the category whose labels sum to s, overall mean p, and m = 20.
/// </summary>
/// <remarks>
/// Micci-Barreca, "A Preprocessing Scheme for High-Cardinality Categorical Attributes" (2001), with the m-estimate as the weight.
/// A training example is encoded by the four fifths of the training part that it is not in, so that it does not see its own label.
/// </remarks>
internal sealed class TargetEncoding(DuckDbConnection connection, FeatureDefinition feature, int number)
{
    private const int Folds = 5;
    private const double Weight = 20;

    // Own seed, so that the folds are independent of a random split.
    private static readonly string s_fold = $"{RowHash.Of("__row", 20_010_701)} % {Folds}";

    /// <summary>Name of the out-of-fold column.</summary>
    public string TrainColumn => $"__target_{feature.Name}";

    /// <summary>SQL of the out-of-fold value, for a query over <see cref="Join"/>.</summary>
    public string OutOfFold => $"CAST({Table}.value AS FLOAT) AS {Sql.Name(TrainColumn)}";

    /// <summary>SQL that joins the training examples with their out-of-fold values.</summary>
    public string Join => $"LEFT JOIN {Table} ON {Table}.category = {FeatureSql.Value(feature)} AND {Table}.fold = {s_fold}";

    private string Table => string.Create(CultureInfo.InvariantCulture, $"target_{number}");

    private static string WeightText => Weight.ToString(CultureInfo.InvariantCulture);

    /// <summary>Fits the encoding.</summary>
    /// <param name="train">SQL of the training examples, with <c>__row</c> and <c>__label</c>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public CategoryEncoder Fit(string train, CancellationToken cancellationToken)
    {
        connection.Execute(
            $"""
            CREATE TEMP TABLE {Table}_counts AS
            SELECT {FeatureSql.Value(feature)} AS category, {s_fold} AS fold, count(*) AS n, sum(CAST(__label AS DOUBLE)) AS s
            FROM {train} GROUP BY ALL
            """,
            cancellationToken);
        // A fold that holds every example leaves no others to take a mean of: the overall mean stands in.
        connection.Execute(
            $"""
            CREATE TEMP TABLE {Table} AS
            WITH folds AS (SELECT fold, sum(n) AS n, sum(s) AS s FROM {Table}_counts GROUP BY fold),
                 everything AS (SELECT sum(n) AS n, sum(s) AS s FROM {Table}_counts),
                 priors AS (SELECT fold, CASE WHEN e.n > f.n THEN (e.s - f.s) / (e.n - f.n) ELSE e.s / e.n END AS p FROM folds f, everything e),
                 categories AS (SELECT category, sum(n) AS n, sum(s) AS s FROM {Table}_counts GROUP BY category)
            SELECT category, fold, (a.s - c.s + {WeightText} * p) / (a.n - c.n + {WeightText}) AS value
            FROM {Table}_counts c JOIN categories a USING (category) JOIN priors USING (fold)
            """,
            cancellationToken);

        var counts = connection.Rows($"SELECT category, CAST(sum(n) AS DOUBLE), sum(s) FROM {Table}_counts GROUP BY category", cancellationToken)
            .Select(r => (Category: r.Text(0), Rows: r.Double(1), Sum: r.Double(2)))
            .OrderBy(c => c.Category, StringComparer.Ordinal).ToList();
        var mean = counts.Sum(c => c.Sum) / counts.Sum(c => c.Rows);
        return new CategoryEncoder
        {
            Feature = feature.Name,
            Method = EncodingMethod.Target,
            Categories = [.. counts.Select(c => c.Category)],
            Values = [.. counts.Select(c => (float)((c.Sum + (Weight * mean)) / (c.Rows + Weight)))],
            Default = (float)mean,
            TrainColumn = TrainColumn,
        };
    }
}

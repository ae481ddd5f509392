using MlOps.Storage.Tables;

namespace MlOps.Monitoring.Labels;

/// <summary>What became of an endpoint's labels, join by join. A join that is done twice is counted once.</summary>
/// <remarks>Table <c>labelcounts</c>: partition = endpoint, row = batch of the join.</remarks>
public sealed class LabelLedger(ITableStore tables)
{
    private const string Table = "labelcounts";

    /// <summary>Notes what a join did.</summary>
    public Task NoteAsync(string endpoint, string batch, LabelCounts counts, CancellationToken cancellationToken) =>
        tables.WriteJsonAsync(Table, endpoint, batch, counts, cancellationToken);

    /// <summary>The sum over all joins; of those that wait, how many did after the last one.</summary>
    public async Task<LabelCounts> SumAsync(string endpoint, CancellationToken cancellationToken)
    {
        var sum = new LabelCounts();
        var query = new TableQuery { Partition = endpoint };
        TablePage page;
        do
        {
            page = await tables.QueryAsync(Table, query, cancellationToken);
            foreach (var counts in page.Rows.Select(r => r.ReadJson<LabelCounts>(Table)))
            {
                sum = new()
                {
                    Received = sum.Received + counts.Received,
                    Matched = sum.Matched + counts.Matched,
                    Repeated = sum.Repeated + counts.Repeated,
                    Contradicting = sum.Contradicting + counts.Contradicting,
                    Corrected = sum.Corrected + counts.Corrected,
                    Unknown = sum.Unknown + counts.Unknown,
                    Waiting = counts.Waiting,
                };
            }
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (page.ContinuationToken is not null);
        return sum;
    }
}

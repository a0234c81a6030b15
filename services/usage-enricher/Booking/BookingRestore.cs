using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Booking;

/// <summary>Reads the books of assigned partitions from llm-booked-responses.</summary>
internal sealed class BookingRestore(ILog log, SchemaCatalog schemas)
    : StateRestore<BookedResponse, ResponseBook>(log, schemas, Topics.UsageBackground, Topics.BookedResponses, "the responses could be charged again")
{
    protected override ResponseBook Open(int partition) => new(partition);

    protected override void Add(BookedResponse state, ResponseBook book, StateExtent extent)
    {
        if (state.EventId is not { } id)
        {
            book.RestoreTo(extent.IncludeAll(state.Included, state.PartitionCount), state.BookedAt);
            return;
        }

        extent.Include(state.Included, state.PartitionCount);
        book.Restore(state.Response, new Booking(id, state.BookedAt, state.Included));
    }

    protected override void Remove(string key, ResponseBook book) => book.Restore(key, null);

    protected override ResponseBook Ready(ResponseBook book, long position)
    {
        if (DeliberateFaults.Active == DeliberateFault.BookingsNotRestored) book = Open(book.Partition);
        book.Ready(position);
        return book;
    }
}

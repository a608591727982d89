import type { Attachment } from 'svelte/attachments'

interface DropTarget {
  /** Files are over it, or no longer. */
  onover: (over: boolean) => void
  ondrop: (files: File[]) => void
}

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

/** Takes files that are dropped on the element. Text that is dragged about is none of its business. */
export function dropFiles({ onover, ondrop }: DropTarget): Attachment<HTMLElement> {
  return (element) => {
    // The pointer enters a child before it leaves the parent.
    let depth = 0

    function enter(event: DragEvent) {
      if (!carriesFiles(event)) return
      event.preventDefault()
      if (depth++ === 0) onover(true)
    }
    function over(event: DragEvent) {
      if (!carriesFiles(event) || !event.dataTransfer) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
    }
    function leave(event: DragEvent) {
      if (carriesFiles(event) && --depth === 0) onover(false)
    }
    function drop(event: DragEvent) {
      if (!carriesFiles(event)) return
      event.preventDefault()
      depth = 0
      onover(false)
      ondrop([...(event.dataTransfer?.files ?? [])])
    }

    const listeners = { dragenter: enter, dragover: over, dragleave: leave, drop } as const
    for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener as EventListener)
    return () => {
      for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener as EventListener)
    }
  }
}

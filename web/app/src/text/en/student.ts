export const student = {
};
